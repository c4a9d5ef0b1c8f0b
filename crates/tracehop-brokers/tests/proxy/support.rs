//! A client, a server, and the proxy between them.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tracehop_brokers::{Direction, FaultProxy};

/// Longer than anything takes here; a test that waits so long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// What has this much latency does not come in this test.
pub(crate) const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits for what must come.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        let done = tokio::time::timeout(DEADLINE, future).await;
        done.unwrap_or_else(|_| panic!("{caller}: waited for {DEADLINE:?}"))
    }
}

/// A server that does nothing by itself, and a proxy before it.
pub(crate) struct Net {
    pub(crate) listener: TcpListener,
    pub(crate) proxy: FaultProxy,
}

/// The two ends of one connection.
pub(crate) struct Ends {
    pub(crate) client: TcpStream,
    pub(crate) server: TcpStream,
}

impl Net {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = FaultProxy::start(&listener.local_addr().unwrap().to_string()).unwrap();
        Self { listener, proxy }
    }

    pub(crate) async fn connect(&self) -> Ends {
        let client = within(TcpStream::connect(self.proxy.address())).await.unwrap();
        let (server, _) = within(self.listener.accept()).await.unwrap();
        Ends { client, server }
    }

    /// With one connection.
    pub(crate) async fn connected() -> (Self, Ends) {
        let net = Self::new().await;
        let ends = net.connect().await;
        (net, ends)
    }

    /// Waits until exactly these bytes are held up.
    pub(crate) async fn holds(&self, direction: Direction, bytes: &[u8]) {
        self.proxy.wait_until_held(direction, |held| held == bytes, DEADLINE).await;
    }
}

impl Ends {
    /// The end that says something in this direction, and the one that hears it.
    pub(crate) fn of(&mut self, direction: Direction) -> (&mut TcpStream, &mut TcpStream) {
        match direction {
            Direction::ToServer => (&mut self.client, &mut self.server),
            Direction::ToClient => (&mut self.server, &mut self.client),
        }
    }

    pub(crate) async fn say(&mut self, direction: Direction, text: &str) {
        within(self.of(direction).0.write_all(text.as_bytes())).await.unwrap();
    }

    pub(crate) async fn assert_hears(&mut self, direction: Direction, text: &str) {
        assert_eq!(hear(self.of(direction).1, text.len()).await, text.as_bytes());
    }

    /// What is said in this direction comes.
    pub(crate) async fn assert_passes(&mut self, direction: Direction, text: &str) {
        self.say(direction, text).await;
        self.assert_hears(direction, text).await;
    }

    pub(crate) async fn assert_end(&mut self, direction: Direction) {
        let heard = within(self.of(direction).1.read(&mut [0; 16])).await;
        assert_eq!(heard.unwrap(), 0, "the end of the stream");
    }

    pub(crate) async fn assert_reset(&mut self, direction: Direction) {
        let heard = within(self.of(direction).1.read(&mut [0; 16])).await;
        assert_eq!(heard.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    }
}

pub(crate) async fn hear(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut heard = vec![0; count];
    within(stream.read_exact(&mut heard)).await.unwrap();
    heard
}

pub(crate) const BOTH: [Direction; 2] = [Direction::ToServer, Direction::ToClient];

pub(crate) fn opposite(direction: Direction) -> Direction {
    if direction == Direction::ToServer { Direction::ToClient } else { Direction::ToServer }
}
