//! A way to the broker that can be held up and cut.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::support::url;

/// Listens on a port of its own and passes on what comes, both ways.
pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    holds_answers: bool,
    streams: Vec<TcpStream>,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let direct = url();
        let (login, broker) = direct.rsplit_once('@').unwrap();
        let (broker, vhost) = broker.split_once('/').unwrap();
        let url = format!("{login}@{}/{vhost}", listener.local_addr().unwrap());
        let (state, broker) = (Arc::<State>::default(), broker.to_owned());
        let accepting = Arc::clone(&state);
        // It ends with the program.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                accepting.connect(&client, &TcpStream::connect(&broker).unwrap());
            }
        });
        Self { url, state }
    }

    /// From now on nothing of what the broker says is passed on.
    pub(crate) fn hold_answers(&self) {
        self.state.lock().holds_answers = true;
    }

    /// What was held is passed on, in its order, and what comes from now on.
    pub(crate) fn pass_answers(&self) {
        self.state.lock().holds_answers = false;
        self.state.changed.notify_all();
    }

    /// Closes all connections; new ones are answered.
    pub(crate) fn cut(&self) {
        let mut inner = self.state.lock();
        inner.holds_answers = false;
        for stream in inner.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(inner);
        self.state.changed.notify_all();
    }
}

impl State {
    fn connect(self: &Arc<Self>, client: &TcpStream, broker: &TcpStream) {
        let clone = |stream: &TcpStream| stream.try_clone().unwrap();
        self.lock().streams.extend([clone(client), clone(broker)]);
        let (from_client, to_broker) = (clone(client), clone(broker));
        thread::spawn(move || pass_on(from_client, to_broker, || {}));
        let (from_broker, to_client, state) = (clone(broker), clone(client), Arc::clone(self));
        thread::spawn(move || {
            pass_on(from_broker, to_client, || {
                let held = |inner: &mut Inner| inner.holds_answers;
                drop(state.changed.wait_while(state.lock(), held));
            });
        });
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, wait: impl Fn()) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer)
        && let Some(passed) = buffer.get(..count)
    {
        wait();
        if to.write_all(passed).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
