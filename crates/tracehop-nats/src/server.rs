//! The server that a client is connected to, as the client's spans name it.

use std::array;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use async_nats::{Client, Statistics};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracehop::ClientFacts;

/// How many servers of a cluster are remembered for one client.
const SERVERS: usize = 16;

/// How long whoever connects waits for the address.
const PATIENCE: Duration = Duration::from_secs(1);

/// Places for something about each server, and at first one for no server that is known.
pub(crate) const PLACES: usize = SERVERS + 1;

/// Which server a client is connected to, as far as that is known.
///
/// A server names its address in its greeting, if it does not listen on all of its addresses. If it does, the client is
/// asked which address it connected to. It answers a moment later, and nobody waits for that.
#[derive(Clone)]
pub(crate) struct Server(Option<Arc<Connection>>);

struct Connection {
    client: Client,
    statistics: Arc<Statistics>,
    /// How often the client had connected when the address was last looked for.
    looked: AtomicU64,
    /// The place of the server's address: one more than where it stands in `known`.
    place: AtomicUsize,
    known: [OnceLock<Address>; SERVERS],
}

type Address = (String, u16);

impl Server {
    /// The server of a client that is not known.
    pub(crate) const UNKNOWN: Self = Self(None);

    pub(crate) fn of(client: &Client) -> Self {
        // The clones of a client share their statistics, and what is known of their server.
        static ALL: Mutex<Vec<Weak<Connection>>> = Mutex::new(Vec::new());
        let statistics = client.statistics();
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|connection| connection.strong_count() > 0);
        let same = |connection: &Arc<Connection>| Arc::ptr_eq(&connection.statistics, &statistics);
        if let Some(known) = all.iter().filter_map(Weak::upgrade).find(same) {
            return Self(Some(known));
        }
        let connection = Arc::new(Connection {
            client: client.clone(),
            looked: AtomicU64::new(u64::MAX),
            place: AtomicUsize::new(0),
            known: array::from_fn(|_| OnceLock::new()),
            statistics,
        });
        all.push(Arc::downgrade(&connection));
        drop(all);
        let server = Self(Some(connection));
        server.place();
        server
    }

    /// Waits until the address is known, if the client is connected.
    pub(crate) async fn found(&self) {
        let Some(connection) = self.0.as_ref().filter(|_| self.place() == 0) else { return };
        if connection.client.try_server_info().is_some() {
            let connects = connection.statistics.connects.load(Ordering::Relaxed);
            let asking = ask(connection.client.clone(), Arc::downgrade(connection), connects);
            // If the connection is lost again the client answers once there is another one.
            let _ = timeout(PATIENCE, asking).await;
        }
    }

    /// The place of the server that the client is connected to now.
    pub(crate) fn place(&self) -> usize {
        let Some(connection) = &self.0 else { return 0 };
        let connects = connection.statistics.connects.load(Ordering::Relaxed);
        if connection.looked.load(Ordering::Relaxed) != connects {
            connection.look(connects);
        }
        connection.place.load(Ordering::Acquire)
    }

    /// What is known of the server in this place.
    pub(crate) fn facts(&self, place: usize) -> ClientFacts {
        let facts = ClientFacts::default();
        let known = self.0.as_ref().zip(place.checked_sub(1));
        let address = known.and_then(|(connection, at)| connection.known.get(at)?.get());
        match address {
            Some((host, port)) => facts.server(host, *port),
            None => facts,
        }
    }
}

impl Connection {
    /// Looks for the address after the client has connected, for the first time or again.
    #[cold]
    fn look(self: &Arc<Self>, connects: u64) {
        match self.client.try_server_info() {
            Some(info) if is_address(&info.host) => self.found(connects, &(info.host, info.port)),
            // It is asked in the client's own runtime, and so not before there is one.
            _ => match Handle::try_current() {
                Ok(runtime) if self.looked.swap(connects, Ordering::Relaxed) != connects => {
                    self.place.store(0, Ordering::Release);
                    runtime.spawn(ask(self.client.clone(), Arc::downgrade(self), connects));
                }
                _ => {}
            },
        }
    }

    fn found(&self, connects: u64, address: &Address) {
        let mut places = (1..).zip(&self.known);
        let place = places.find(|(_, known)| known.get_or_init(|| address.clone()) == address);
        self.looked.store(connects, Ordering::Relaxed);
        self.place.store(place.map_or(0, |(place, _)| place), Ordering::Release);
    }
}

/// Asks the client which of its servers it is connected to.
async fn ask(client: Client, connection: Weak<Connection>, connects: u64) {
    let Ok(servers) = client.server_pool().await else { return };
    drop(client);
    let mut connected =
        servers.into_iter().filter(|server| server.did_connect && server.failed_attempts == 0);
    // It does not say which one it is connected to now. If it was connected to several, nobody knows.
    let (Some(server), None) = (connected.next(), connected.next()) else { return };
    if let Some(connection) = connection.upgrade()
        && is_address(server.addr.host())
        && connection.statistics.connects.load(Ordering::Relaxed) == connects
    {
        connection.found(connects, &(server.addr.host().to_owned(), server.addr.port()));
    }
}

/// A server that listens on all of its addresses does not name one.
fn is_address(host: &str) -> bool {
    !host.is_empty() && !host.parse().is_ok_and(|address: IpAddr| address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_host() {
        for (host, expected) in
            [("127.0.0.1", true), ("nats-1", true), ("0.0.0.0", false), ("::", false), ("", false)]
        {
            assert_eq!(is_address(host), expected, "{host}");
        }
    }
}
