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
    hides_address: bool,
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

    /// From now on the server's greeting says that it listens on all of its addresses.
    pub(crate) fn hide_address(&self) {
        lock(&self.state).hides_address = true;
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
    thread::spawn(move || pass_on(from_client, to_server, Some));
    let (from_server, to_client, state) = (clone(server), clone(client), Arc::clone(state));
    thread::spawn(move || {
        pass_on(from_server, to_client, |bytes| {
            let state = lock(&state);
            let bytes = if state.hides_address { without_address(bytes) } else { bytes };
            (!state.holds_answers).then_some(bytes)
        });
    });
}

/// The greeting, in which the server says where it listens.
fn without_address(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(bytes);
    match text
        .as_ref()
        .ok()
        .filter(|text| text.starts_with("INFO "))
        .and_then(|text| text.split_once("\"host\":\""))
    {
        Some((before, rest)) => {
            let (_, after) = rest.split_once('"').unwrap();
            format!("{before}\"host\":\"0.0.0.0\"{after}").into_bytes()
        }
        None => text.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes),
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(Vec<u8>) -> Option<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = passes(buffer.iter().take(count).copied().collect());
        if bytes.is_some_and(|bytes| to.write_all(&bytes).is_err()) {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
