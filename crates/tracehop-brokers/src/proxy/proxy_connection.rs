//! One connection through the proxy.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::direction::Direction;
use super::fault::Fault;
use super::link::Link;
use super::remote::Remote;

/// One connection through a [`FaultProxy`](crate::FaultProxy), for faults that only it has.
///
/// It is a handle: the connection goes on when it is dropped. It is cheap to clone. What is done to a connection that has ended
/// has no effect.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// use tracehop_brokers::{Fault, FaultProxy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let proxy = FaultProxy::start(&server.local_addr()?.to_string())?;
/// let mut first = TcpStream::connect(proxy.address())?;
/// let mut second = TcpStream::connect(proxy.address())?;
///
/// let connections = proxy.connections();
/// assert_eq!(connections[1].client(), second.local_addr()?);
/// connections[1].apply(Fault::cut());
///
/// assert_eq!(second.read(&mut [0; 16])?, 0, "it has ended");
/// first.write_all(b"hello")?;
/// let mut heard = [0; 5];
/// server.accept()?.0.read_exact(&mut heard)?;
/// assert_eq!(&heard, b"hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ProxyConnection {
    link: Arc<Link>,
    remote: Remote,
}

impl ProxyConnection {
    pub(super) fn new(link: Arc<Link>, remote: Remote) -> Self {
        Self { link, remote }
    }

    /// The connection's number: 0 is the first that was made, whether or not it is still there.
    pub fn number(&self) -> usize {
        self.link.number
    }

    /// The client's own address, which is the `local_addr` of its socket.
    pub fn client(&self) -> SocketAddr {
        self.link.client
    }

    /// Applies a fault to this connection. It goes before a fault of its kind that all connections have.
    ///
    /// When it returns, the fault is there. It waits for the proxy's thread, which is a matter of microseconds.
    pub fn apply(&self, fault: Fault) {
        self.remote.apply(&self.link, fault, None);
    }

    /// Applies a fault to this connection for a time, as [`FaultProxy::apply_for`](crate::FaultProxy::apply_for) does to all.
    pub fn apply_for(&self, fault: Fault, time: Duration) {
        self.remote.apply(&self.link, fault, Some(time));
    }

    /// Takes back the faults that only this connection has. What they held up is passed on.
    pub fn heal(&self) {
        self.remote.heal(&self.link);
    }

    /// What has come in this direction of this connection and was not passed on yet, see
    /// [`FaultProxy::held`](crate::FaultProxy::held).
    pub fn held(&self, direction: Direction) -> Vec<u8> {
        let mut held = Vec::new();
        self.link.queue(direction).copy_to(&mut held);
        held
    }

    /// Whether it has ended on both sides.
    pub fn has_ended(&self) -> bool {
        self.link.is_over()
    }
}

impl fmt::Debug for ProxyConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyConnection")
            .field("number", &self.number())
            .field("client", &self.client())
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}
