//! How connections begin.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::hub::Hub;
use super::port::Port;
use super::relay;

/// How long it waits after the system had no more of something.
const PAUSE: Duration = Duration::from_millis(10);

/// Accepts connections, or refuses them.
#[derive(Debug)]
pub(super) struct Acceptor {
    pub(super) hub: Arc<Hub>,
    /// The version of the faults that it has heard of.
    heard: watch::Sender<u64>,
    listener: Mutex<Weak<TcpListener>>,
}

impl Acceptor {
    pub(super) fn new(hub: Hub) -> Self {
        Self { hub: Arc::new(hub), heard: watch::Sender::default(), listener: Mutex::default() }
    }

    /// It never returns, and ends by being dropped.
    pub(super) async fn run(&self, port: Port, listener: StdListener) {
        let mut faults = self.hub.faults.subscribe();
        let mut first = Some(listener);
        let mut listener: Option<Arc<TcpListener>> = None;
        loop {
            let (refuses, version) = {
                let faults = faults.borrow_and_update();
                (faults.refuses(), faults.version())
            };
            if refuses && Port::IS_KEPT {
                listener = None;
            } else if listener.is_none() {
                let again = first.take().map_or_else(|| port.listen(), Ok).and_then(TcpListener::from_std);
                let Ok(again) = again.map(Arc::new) else {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&again);
                listener = Some(again);
            }
            self.heard.send_replace(version);
            let accept = async {
                match &listener {
                    Some(listener) => listener.accept().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                _ = faults.changed() => {}
                accepted = accept => match accepted {
                    Ok((client, address)) => self.admit(client, address, refuses),
                    // Most often the client is gone again, or there are too many open files.
                    Err(_) => tokio::time::sleep(PAUSE).await,
                },
            }
        }
    }

    /// Returns when connections are accepted, or refused, as the faults of this version or of a later one say.
    pub(super) async fn has_heard(&self, version: u64) {
        let _ = self.heard.subscribe().wait_for(|heard| *heard >= version).await;
    }

    /// Accepts who has connected already. What is done next is done to them too.
    ///
    /// The listener may not know of them yet, so the system is asked.
    pub(super) fn accept_waiting(&self) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        let Some(listener) = listener else { return };
        let refuses = self.hub.faults.borrow().refuses();
        while let Ok((client, address)) = accept(&listener) {
            self.admit(client, address, refuses);
        }
    }

    fn admit(&self, client: TcpStream, address: SocketAddr, refuses: bool) {
        if refuses {
            // Nobody is there.
            let _ = SockRef::from(&client).set_linger(Some(Duration::ZERO));
            return;
        }
        let link = self.hub.add_link(address);
        tokio::spawn(relay::run(Arc::clone(&self.hub), link, client));
    }
}

fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (client, address) = SockRef::from(listener).accept()?;
    client.set_nonblocking(true)?;
    let address = address.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((TcpStream::from_std(client.into())?, address))
}
