//! The proxy itself.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::blocking::block_on;
use super::direction::Direction;
use super::fault::Fault;
use super::hub::Hub;
use super::link::Link;
use super::proxy_connection::ProxyConnection;
use super::proxy_thread::ProxyThread;
use super::pump::MAX_HELD;
use super::remote::Remote;
use super::server_address;

/// How many of the bytes that are held up are shown if a wait was in vain.
const SHOWN: usize = 1000;

/// Stands between clients and one server, and fails as networks do.
///
/// It listens at an address of its own and carries each TCP connection to the server, byte for byte, until a [`Fault`] is
/// applied. That one side has closed its stream, or has reset the connection, is passed on too.
///
/// - It has a thread of its own, so it works in every runtime, and without one. Its clock is that thread's:
///   `tokio::time::pause` in a test does not stop it.
/// - What changes a fault returns when the change holds: what a client does after it meets the fault. It waits for the proxy's
///   thread, which is a matter of microseconds.
/// - What is held up is bounded: [`MAX_HELD`](Self::MAX_HELD).
/// - When it is dropped its connections end, and its port is free.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// use std::time::{Duration, Instant};
/// use tracehop_brokers::{Direction, Fault, FaultProxy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A server that says back what it hears. In your test: a broker.
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let address = server.local_addr()?.to_string();
/// std::thread::spawn(move || {
///     for stream in server.incoming().flatten() {
///         std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
///     }
/// });
///
/// let proxy = FaultProxy::start(&address)?;
/// let mut client = TcpStream::connect(proxy.address())?;
/// let mut answer = [0; 5];
///
/// proxy.apply(Fault::latency(Duration::from_millis(20)));
/// let asked = Instant::now();
/// client.write_all(b"slow?")?;
/// client.read_exact(&mut answer)?;
/// assert!(asked.elapsed() >= Duration::from_millis(40), "there and back");
///
/// proxy.apply(Fault::black_hole().of(Direction::ToClient));
/// client.write_all(b"half?")?;
/// let is_answer = |held: &[u8]| held == b"half?";
/// proxy.wait_until_held_blocking(Direction::ToClient, is_answer, Duration::from_secs(20));
///
/// proxy.heal();
/// client.read_exact(&mut answer)?;
/// assert_eq!(&answer, b"half?", "late is not lost");
///
/// proxy.apply(Fault::cut());
/// assert_eq!(client.read(&mut answer)?, 0, "the end of the stream");
/// # Ok(())
/// # }
/// ```
pub struct FaultProxy {
    remote: Remote,
    /// Dropped last: what refers to it is told when it is gone.
    _thread: ProxyThread,
}

impl FaultProxy {
    /// How many bytes may be held up in each direction of each connection: 1 MiB, and what a
    /// [rewrite](crate::FaultProxyBuilder::rewrite_answers) adds. Small pieces count as some more than they have. When so many
    /// are, nothing more is read, and who sends has to wait as with any network that is full.
    pub const MAX_HELD: usize = MAX_HELD;

    pub(super) fn new(remote: Remote, thread: ProxyThread) -> Self {
        Self { remote, _thread: thread }
    }

    /// `host:port` of the proxy, for clients that are to go through it. A proxy that listens at all addresses is reached at
    /// the loopback address.
    pub fn address(&self) -> String {
        let mut address: SocketAddr = self.hub().address;
        if address.ip().is_unspecified() {
            let is_ipv4 = address.is_ipv4();
            address.set_ip(if is_ipv4 { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
        }
        address.to_string()
    }

    /// The port of [`address`](Self::address).
    pub fn port(&self) -> u16 {
        self.hub().address.port()
    }

    /// A URL of the server, in which the proxy's `host:port` is in place of the server's. All else stays.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let url = "amqp://guest:guest@localhost:5672/%2f";
    /// let proxy = tracehop_brokers::FaultProxy::start(url)?;
    /// assert_eq!(proxy.in_url(url), format!("amqp://guest:guest@{}/%2f", proxy.address()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn in_url(&self, url: &str) -> String {
        server_address::in_url(url, &self.address())
    }

    /// Applies a fault to all connections, those that there are and those that are made later.
    ///
    /// It is combined with faults of other kinds, and takes the place of one of its kind in the same direction, also of one
    /// that was there for a time.
    pub fn apply(&self, fault: Fault) {
        self.remote.apply_to_all(fault, None);
    }

    /// Applies a fault to all connections for a time, from now on. Then it heals by itself, and what lasted before of its kind
    /// is there again.
    ///
    /// [`Fault::cut`] and [`Fault::reset`] are over when they have happened, so the time changes nothing for them.
    pub fn apply_for(&self, fault: Fault, time: Duration) {
        self.remote.apply_to_all(fault, Some(time));
    }

    /// Takes back all faults, those of single connections too. What was held up is passed on in its order, and new connections
    /// are accepted again.
    pub fn heal(&self) {
        self.remote.heal_all();
    }

    /// The connections that there are, the oldest first. A client whose `connect` has returned is among them.
    pub fn connections(&self) -> Vec<ProxyConnection> {
        self.remote.accept_waiting();
        self.hub().open_links().into_iter().map(|link| self.connection(link)).collect()
    }

    /// How many connections were made since the proxy was started, those that have ended included.
    pub fn connections_made(&self) -> usize {
        self.remote.accept_waiting();
        self.hub().links.borrow().made
    }

    /// What has come in this direction and was not passed on, because of a fault or because the other side does not read: all
    /// bytes of one connection after the other, the oldest connection first.
    pub fn held(&self, direction: Direction) -> Vec<u8> {
        self.hub().held(direction)
    }

    fn hub(&self) -> &Hub {
        self.remote.hub()
    }

    fn connection(&self, link: Arc<Link>) -> ProxyConnection {
        ProxyConnection::new(link, self.remote.clone())
    }
}

/// To wait. It sleeps until something changes and does not poll; no lock is held while a condition is asked.
impl FaultProxy {
    /// Waits until at least `count` connections are there at the same time, and returns all that are, the oldest first.
    ///
    /// # Panics
    ///
    /// Panics if `deadline` passes first.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if it is dropped.
    #[track_caller]
    pub fn wait_for_connections(
        &self,
        count: usize,
        deadline: Duration,
    ) -> impl Future<Output = Vec<ProxyConnection>> + Send + '_ {
        let caller = Location::caller();
        async move {
            let look = |hub: &Hub| {
                let open = hub.open_links();
                (open.len() >= count).then_some(open)
            };
            let found = self.remote.wait(&self.hub().links, deadline, look).await;
            let open = self.hub().open_links().len();
            assert!(
                found.is_some(),
                "{caller}: waited {deadline:?} for {count} connections; there are {open}"
            );
            found.unwrap_or_default().into_iter().map(|link| self.connection(link)).collect()
        }
    }

    /// [`wait_for_connections`](Self::wait_for_connections) for tests without a runtime. It blocks the thread.
    ///
    /// # Panics
    ///
    /// As [`wait_for_connections`](Self::wait_for_connections).
    #[track_caller]
    pub fn wait_for_connections_blocking(&self, count: usize, deadline: Duration) -> Vec<ProxyConnection> {
        block_on(self.wait_for_connections(count, deadline))
    }

    /// Waits until the bytes that are [held up](Self::held) in this direction are as they should be.
    ///
    /// ```
    /// use std::io::Write;
    /// use std::time::Duration;
    /// use tracehop_brokers::{Direction, Fault, FaultProxy};
    ///
    /// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let server = server.local_addr()?.to_string();
    /// let proxy = FaultProxy::start(&server)?;
    /// proxy.apply(Fault::black_hole());
    /// std::net::TcpStream::connect(proxy.address())?.write_all(b"order 1")?;
    /// let is_sent = |held: &[u8]| held.starts_with(b"order");
    /// proxy.wait_until_held(Direction::ToServer, is_sent, Duration::from_secs(20)).await;
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test()).unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `deadline` passes first. The message shows the first 1000 bytes of what is held up.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if it is dropped.
    #[track_caller]
    pub fn wait_until_held<F>(
        &self,
        direction: Direction,
        mut is_so: F,
        deadline: Duration,
    ) -> impl Future<Output = ()> + use<'_, F>
    where
        F: FnMut(&[u8]) -> bool,
    {
        let caller = Location::caller();
        async move {
            let look = |hub: &Hub| is_so(&hub.held(direction)).then_some(());
            let found = self.remote.wait(&self.hub().moved, deadline, look).await;
            let held = self.held(direction);
            let first = held.get(..SHOWN).unwrap_or(&held).escape_ascii();
            assert!(
                found.is_some(),
                "{caller}: waited {deadline:?} for what is held up {direction:?}; it is {} bytes: {first}",
                held.len(),
            );
        }
    }

    /// [`wait_until_held`](Self::wait_until_held) for tests without a runtime. It blocks the thread.
    ///
    /// # Panics
    ///
    /// As [`wait_until_held`](Self::wait_until_held).
    #[track_caller]
    pub fn wait_until_held_blocking(
        &self,
        direction: Direction,
        is_so: impl FnMut(&[u8]) -> bool,
        deadline: Duration,
    ) {
        block_on(self.wait_until_held(direction, is_so, deadline));
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy")
            .field("address", &self.hub().address)
            .field("server", &self.hub().server)
            .finish_non_exhaustive()
    }
}
