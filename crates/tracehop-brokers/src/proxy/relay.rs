//! One connection from its beginning to its end.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, Socket};
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use super::direction::Direction;
use super::hub::Hub;
use super::link::{Ending, Link};
use super::pump::{MAX_HELD, Pump};

/// Carries one connection. It returns when its sockets are closed.
pub(super) async fn run(hub: Arc<Hub>, link: Arc<Link>, client: TcpStream) {
    // It is dropped last, also if a hook panics.
    let _registered = Registered { hub: &hub, link: &link };
    // Arguments live longer than what is made here.
    let client = client;
    match connect(&hub, &link).await {
        Ok(server) => carry(&hub, &link, client, server).await,
        Err(ending) => close(&SockRef::from(&client), Direction::ToClient, ending),
    }
}

/// Connects to the server, unless it is asked to end before.
async fn connect(hub: &Hub, link: &Link) -> Result<TcpStream, Ending> {
    let nobody = |_| Ending::Reset(None);
    let addresses = tokio::select! {
        biased;
        ending = link.ending() => return Err(ending),
        found = lookup_host((&*hub.server.host, hub.server.port)) => found.map_err(nobody)?,
    };
    for address in addresses {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let socket = socket.map_err(nobody)?;
        // The server may have accepted it when this side does not know of it yet.
        let same = SockRef::from(&socket).try_clone().map_err(nobody)?;
        tokio::select! {
            biased;
            ending = link.ending() => {
                close(&same, Direction::ToServer, ending);
                return Err(ending);
            }
            connected = socket.connect(address) => if let Ok(server) = connected {
                return Ok(server);
            },
        }
    }
    Err(Ending::Reset(None))
}

/// Removes a connection from those that there are.
struct Registered<'a> {
    hub: &'a Hub,
    link: &'a Arc<Link>,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.hub.remove_link(self.link);
        self.link.set_over();
    }
}

async fn carry(hub: &Hub, link: &Link, client: TcpStream, server: TcpStream) {
    for stream in [&client, &server] {
        // Without it everything comes later, and nothing else happens.
        let _ = stream.set_nodelay(true);
    }
    link.set_carries();
    let shared = (hub, link);
    let to_server = Pump::new(shared, Direction::ToServer, (&client, &server));
    let to_client = Pump::new(shared, Direction::ToClient, (&server, &client));
    let both = async { tokio::try_join!(to_server.run(), to_client.run()) };
    let ending = tokio::select! {
        biased;
        ending = link.ending() => ending,
        both = both => both.err().unwrap_or(Ending::Orderly),
    };
    close(&SockRef::from(&client), Direction::ToClient, ending);
    close(&SockRef::from(&server), Direction::ToServer, ending);
}

/// Prepares a socket to be dropped. It is the one to which this direction goes.
fn close(socket: &Socket, direction: Direction, ending: Ending) {
    match ending {
        Ending::Reset(side) if side.is_none_or(|side| side == direction) => {
            let _ = socket.set_linger(Some(Duration::ZERO));
        }
        Ending::Reset(_) | Ending::Orderly => drain(socket),
    }
}

/// A socket that is dropped with something in it that nobody has read resets its connection.
fn drain(mut socket: &Socket) {
    let mut buffer = [0; 4096];
    let mut most = MAX_HELD;
    while most > 0
        && let Ok(count @ 1..) = socket.read(&mut buffer)
    {
        most = most.saturating_sub(count);
    }
}
