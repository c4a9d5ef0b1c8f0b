//! A way to a broker that can be slowed down, held up, cut and closed.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Listens on a port of its own and passes on what comes, both ways. It ends with the test's runtime.
pub(crate) struct Proxy {
    address: SocketAddr,
    /// How many connections were made.
    connections: watch::Receiver<usize>,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Each piece is passed on so much later.
    latency: Duration,
    /// Nothing is passed on to the broker.
    holds_up: bool,
    /// Nothing that the broker says is passed on.
    holds_down: bool,
    /// Nobody listens.
    refuses: bool,
    /// Connections that were made before this number grew are gone.
    cuts: usize,
}

/// What makes Kafka's clients come back here: a broker tells them its own address.
type Rewrite = fn(Vec<u8>, u16, u16) -> Vec<u8>;

impl Proxy {
    /// In front of a broker at `host:port`.
    pub(crate) async fn start(broker: &str) -> Self {
        Self::with_rewrite(broker, None).await
    }

    /// In front of a Kafka. In what it answers its own port becomes the proxy's.
    pub(crate) async fn start_for_kafka(broker: &str) -> Self {
        let first = broker.split(',').next().unwrap();
        Self::with_rewrite(first, Some(rewrite_port)).await
    }

    async fn with_rewrite(broker: &str, rewrite: Option<Rewrite>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, states) = watch::channel(State::default());
        let (connected, connections) = watch::channel(0);
        let way = Way { broker: broker.to_owned(), port: address.port(), rewrite, states, connected };
        tokio::spawn(way.listen(listener, address));
        Self { address, connections, state }
    }

    /// `host:port` of the way through the proxy.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Everything is as if there was no proxy.
    pub(crate) fn heal(&self) {
        self.state.send_modify(|state| *state = State { cuts: state.cuts, ..State::default() });
    }

    /// Each piece arrives so much later.
    pub(crate) fn slow_down(&self, latency: Duration) {
        self.state.send_modify(|state| state.latency = latency);
    }

    /// Half-open: the broker still hears, and is no longer heard.
    pub(crate) fn hold_answers(&self) {
        self.state.send_modify(|state| state.holds_down = true);
    }

    /// A black hole: connections stay, and nothing passes.
    pub(crate) fn swallow(&self) {
        self.state.send_modify(|state| (state.holds_up, state.holds_down) = (true, true));
    }

    /// Ends all connections; new ones are made as before. What was held up is lost.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| {
            *state = State { cuts: state.cuts + 1, refuses: state.refuses, ..State::default() };
        });
    }

    /// Ends all connections; who wants a new one is refused.
    pub(crate) fn refuse(&self) {
        self.state
            .send_modify(|state| *state = State { cuts: state.cuts + 1, refuses: true, ..State::default() });
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        *self.connections.borrow()
    }
}

#[derive(Clone)]
struct Way {
    broker: String,
    port: u16,
    rewrite: Option<Rewrite>,
    states: watch::Receiver<State>,
    connected: watch::Sender<usize>,
}

impl Way {
    async fn listen(mut self, mut listener: TcpListener, address: SocketAddr) {
        loop {
            let refusing = async {
                let mut states = self.states.clone();
                states.wait_for(|state| state.refuses).await.is_ok()
            };
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((client, _)) = accepted else { return };
                    self.connected.send_modify(|connections| *connections += 1);
                    tokio::spawn(self.clone().connect(client));
                    continue;
                }
                refuses = refusing => if !refuses { return },
            }
            drop(listener);
            if self.states.wait_for(|state| !state.refuses).await.is_err() {
                return;
            }
            listener = TcpListener::bind(address).await.unwrap();
        }
    }

    async fn connect(self, client: TcpStream) {
        let cuts = self.states.borrow().cuts;
        let Ok(broker) = TcpStream::connect(&self.broker).await else { return };
        client.set_nodelay(true).unwrap();
        broker.set_nodelay(true).unwrap();
        let broker_port = broker.peer_addr().unwrap().port();
        let (from_client, to_client) = client.into_split();
        let (from_broker, to_broker) = broker.into_split();
        let cut = async |mut states: watch::Receiver<State>| {
            let _ = states.wait_for(|state| state.cuts != cuts).await;
        };
        let up = pass_on(from_client, to_broker, self.states.clone(), cuts, |state| state.holds_up, None);
        let rewrite = self.rewrite.map(|rewrite| move |frame| rewrite(frame, broker_port, self.port));
        let rewrite = rewrite.as_ref().map(|rewrite| rewrite as &(dyn Fn(Vec<u8>) -> Vec<u8> + Sync));
        let down =
            pass_on(from_broker, to_client, self.states.clone(), cuts, |state| state.holds_down, rewrite);
        tokio::select! {
            () = up => {}
            () = down => {}
            () = cut(self.states.clone()) => {}
        }
    }
}

/// Both halves are dropped with it, which closes the connection.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut states: watch::Receiver<State>,
    cuts: usize,
    holds: fn(&State) -> bool,
    rewrite: Option<&(dyn Fn(Vec<u8>) -> Vec<u8> + Sync)>,
) {
    loop {
        let piece = match rewrite {
            Some(rewrite) => read_frame(&mut from).await.map(rewrite),
            None => read_piece(&mut from).await,
        };
        let Some(piece) = piece else { return };
        let latency = states.borrow().latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let Ok(state) =
            states.wait_for(|state| state.cuts != cuts || !holds(state)).await.map(|state| *state)
        else {
            return;
        };
        // What was held up is not passed on at the last moment.
        if state.cuts != cuts || to.write_all(&piece).await.is_err() {
            return;
        }
    }
}

async fn read_piece(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 16 * 1024];
    let length = from.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
    buffer.truncate(length);
    Some(buffer)
}

/// One answer of Kafka's: its length, and so many bytes.
async fn read_frame(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let length = from.read_u32().await.ok()?;
    let mut frame = length.to_be_bytes().to_vec();
    frame.resize(4 + length as usize, 0);
    from.read_exact(&mut frame[4..]).await.ok()?;
    Some(frame)
}

/// An address is a host's name and then a port of four bytes. Only the port becomes another, so all lengths stay.
fn rewrite_port(mut frame: Vec<u8>, broker: u16, proxy: u16) -> Vec<u8> {
    for host in ["127.0.0.1", "localhost"] {
        let address = [host.as_bytes(), &u32::from(broker).to_be_bytes()].concat();
        let mut start = 0;
        while let Some(at) = frame[start..].windows(address.len()).position(|window| window == address) {
            let end = start + at + address.len();
            frame[end - 4..end].copy_from_slice(&u32::from(proxy).to_be_bytes());
            start = end;
        }
    }
    frame
}
