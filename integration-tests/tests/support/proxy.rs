//! A way to a broker that can be slowed down, held up, cut and closed.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use super::within;

/// Listens on a port of its own and passes on what comes, both ways. It ends with the test's runtime.
pub(crate) struct Proxy {
    address: SocketAddr,
    /// How many connections were made.
    connections: watch::Receiver<usize>,
    state: watch::Sender<State>,
    /// What of the client's messages, and of the broker's answers, was held up.
    held_messages: watch::Sender<Vec<u8>>,
    held_answers: watch::Sender<Vec<u8>>,
    /// Keeps the port while nobody listens on it.
    _port: TcpSocket,
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
    pub(crate) fn start(broker: &str) -> Self {
        Self::with_rewrite(broker, None)
    }

    /// In front of a Kafka. In what it answers its own port becomes the proxy's.
    pub(crate) fn start_for_kafka(broker: &str) -> Self {
        let first = broker.split(',').next().unwrap();
        Self::with_rewrite(first, Some(rewrite_port))
    }

    fn with_rewrite(broker: &str, rewrite: Option<Rewrite>) -> Self {
        let port = bind("127.0.0.1:0".parse().unwrap());
        let address = port.local_addr().unwrap();
        let (state, states) = watch::channel(State::default());
        let (connected, connections) = watch::channel(0);
        let (held_messages, held_answers) = (watch::Sender::default(), watch::Sender::default());
        let way = Way {
            broker: broker.to_owned(),
            port: address.port(),
            rewrite,
            states,
            connected,
            held_messages: held_messages.clone(),
            held_answers: held_answers.clone(),
        };
        tokio::spawn(way.listen(listen_at(address), address));
        Self { address, connections, state, held_messages, held_answers, _port: port }
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

    /// Returns when the client's messages that were held up, all bytes of them one after the other, are as they should be.
    pub(crate) async fn holds_messages(&self, are: impl Fn(&[u8]) -> bool) {
        within(self.held_messages.subscribe().wait_for(|held| are(held))).await.unwrap();
    }

    /// The same for the broker's answers.
    pub(crate) async fn holds_answers(&self, are: impl Fn(&[u8]) -> bool) {
        within(self.held_answers.subscribe().wait_for(|held| are(held))).await.unwrap();
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
    held_messages: watch::Sender<Vec<u8>>,
    held_answers: watch::Sender<Vec<u8>>,
}

impl Way {
    async fn listen(mut self, mut listener: TcpListener, address: SocketAddr) {
        loop {
            let refusing = async {
                let mut states = self.states.clone();
                states.wait_for(|state| state.refuses).await.is_ok()
            };
            tokio::select! {
                // First: what waits to be accepted when the proxy begins to refuse is refused too.
                biased;
                refuses = refusing => if !refuses { return },
                accepted = listener.accept() => {
                    let Ok((client, _)) = accepted else { return };
                    // What happens from here on happens to this connection.
                    let state = *self.states.borrow();
                    if !state.refuses {
                        self.connected.send_modify(|connections| *connections += 1);
                        tokio::spawn(self.clone().connect(client, state.cuts));
                    }
                    continue;
                }
            }
            drop(listener);
            if self.states.wait_for(|state| !state.refuses).await.is_err() {
                return;
            }
            listener = listen_at(address);
        }
    }

    async fn connect(self, client: TcpStream, cuts: usize) {
        let Ok(broker) = TcpStream::connect(&self.broker).await else { return };
        client.set_nodelay(true).unwrap();
        broker.set_nodelay(true).unwrap();
        let broker_port = broker.peer_addr().unwrap().port();
        let (from_client, to_client) = client.into_split();
        let (from_broker, to_broker) = broker.into_split();
        let cut = async |mut states: watch::Receiver<State>| {
            let _ = states.wait_for(|state| state.cuts != cuts).await;
        };
        let up = Direction { cuts, holds: |state| state.holds_up, held: self.held_messages };
        let down = Direction { cuts, holds: |state| state.holds_down, held: self.held_answers };
        let rewrite = self.rewrite.map(|rewrite| (rewrite, broker_port, self.port));
        tokio::select! {
            () = up.pass_on(Inflow { from: from_client, rewrite: None }, to_broker, self.states.clone()) => {}
            () = down.pass_on(Inflow { from: from_broker, rewrite }, to_client, self.states.clone()) => {}
            () = cut(self.states) => {}
        }
    }
}

/// A socket of this port. Others of these may share it, and nothing else may take it, whether or not one of them listens.
fn bind(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

fn listen_at(address: SocketAddr) -> TcpListener {
    bind(address).listen(128).unwrap()
}

/// One direction of a connection.
struct Direction {
    /// The connection is gone when this number grew.
    cuts: usize,
    holds: fn(&State) -> bool,
    held: watch::Sender<Vec<u8>>,
}

impl Direction {
    /// Both halves are dropped with it, which closes the connection.
    async fn pass_on(self, from: Inflow, mut to: OwnedWriteHalf, mut states: watch::Receiver<State>) {
        // A piece of which only a part was read when the state changed is still read to its end.
        let pieces = stream::unfold(from, |mut from| async move { Some((from.read().await?, from)) });
        let mut pieces = std::pin::pin!(pieces);
        let (mut piece, mut waiting, mut ended) = (Vec::new(), Vec::new(), false);
        loop {
            let state = *states.borrow_and_update();
            // What was held up is not passed on at the last moment.
            if state.cuts != self.cuts {
                return;
            }
            if (self.holds)(&state) {
                self.held.send_modify(|held| held.extend_from_slice(&piece));
                waiting.append(&mut piece);
            } else {
                waiting.append(&mut piece);
                if to.write_all(&waiting).await.is_err() || ended {
                    return;
                }
                waiting.clear();
            }
            let next = tokio::select! {
                next = pieces.next(), if !ended => next,
                changed = states.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            ended = next.is_none();
            piece = next.unwrap_or_default();
            let latency = states.borrow().latency;
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
        }
    }
}

/// What comes from one side.
struct Inflow {
    from: OwnedReadHalf,
    /// And the broker's port, and the proxy's.
    rewrite: Option<(Rewrite, u16, u16)>,
}

impl Inflow {
    async fn read(&mut self) -> Option<Vec<u8>> {
        match self.rewrite {
            Some((rewrite, broker, proxy)) => Some(rewrite(read_frame(&mut self.from).await?, broker, proxy)),
            None => read_piece(&mut self.from).await,
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
