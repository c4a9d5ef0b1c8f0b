//! A way to the server that can be held up and closed.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::support::url;

/// Listens on a port of its own and passes on what comes, both ways.
pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    holds_answers: bool,
    closed: bool,
    streams: Vec<TcpStream>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let direct = url();
        let server = direct.rsplit_once('/').map_or(&*direct, |(_, server)| server).to_owned();
        let url = format!("nats://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let accepting = Arc::clone(&state);
        // It ends with the program.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if lock(&accepting).closed {
                    break;
                }
                connect(&accepting, &client, &TcpStream::connect(&server).unwrap());
            }
        });
        Self { url, state }
    }

    /// From now on nothing of what the server says is passed on.
    pub(crate) fn hold_answers(&self) {
        lock(&self.state).holds_answers = true;
    }

    /// Closes all connections; new ones are closed at once.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        for stream in state.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn connect(state: &Arc<Mutex<State>>, client: &TcpStream, server: &TcpStream) {
    let clone = |stream: &TcpStream| stream.try_clone().unwrap();
    lock(state).streams.extend([clone(client), clone(server)]);
    let (from_client, to_server) = (clone(client), clone(server));
    thread::spawn(move || pass_on(from_client, to_server, || true));
    let (from_server, to_client, state) = (clone(server), clone(client), Arc::clone(state));
    thread::spawn(move || pass_on(from_server, to_client, || !lock(&state).holds_answers));
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, passes: impl Fn() -> bool) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.iter().take(count).copied().collect::<Vec<_>>();
        if passes() && to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
