//! What all connections of a proxy share.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::direction::Direction;
use super::faults::Faults;
use super::link::Link;
use super::rewrite::RewriteFactory;
use super::server_address::ServerAddress;

/// What is read at once.
const PIECE: usize = 64 * 1024;

/// What all connections of a proxy share.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) server: ServerAddress,
    /// Where the proxy listens.
    pub(super) address: SocketAddr,
    pub(super) rewrite: Option<RewriteFactory>,
    /// Those of all connections.
    pub(super) faults: watch::Sender<Faults>,
    pub(super) links: watch::Sender<Links>,
    /// Changes when something has come, was passed on or was lost.
    pub(super) moved: watch::Sender<()>,
    /// All connections are read into it, one after the other.
    buffer: Mutex<Vec<u8>>,
}

/// The connections.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// How many were made.
    pub(super) made: usize,
    /// Those that there are, the oldest first.
    pub(super) open: Vec<Arc<Link>>,
}

impl Hub {
    pub(super) fn new(server: ServerAddress, address: SocketAddr, rewrite: Option<RewriteFactory>) -> Self {
        Self {
            server,
            address,
            rewrite,
            faults: watch::Sender::default(),
            links: watch::Sender::default(),
            moved: watch::Sender::default(),
            buffer: Mutex::new(vec![0; PIECE]),
        }
    }

    pub(super) fn buffer(&self) -> MutexGuard<'_, Vec<u8>> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_link(&self, client: SocketAddr) -> Arc<Link> {
        // Connections are made on the proxy's thread only.
        let link = Arc::new(Link::new(self.links.borrow().made, client));
        self.links.send_modify(|links| {
            links.made += 1;
            links.open.push(Arc::clone(&link));
        });
        link
    }

    pub(super) fn remove_link(&self, link: &Arc<Link>) {
        self.links.send_modify(|links| links.open.retain(|other| !Arc::ptr_eq(other, link)));
        self.moved.send_modify(|()| {});
    }

    pub(super) fn open_links(&self) -> Vec<Arc<Link>> {
        self.links.borrow().open.clone()
    }

    /// What has come in this direction and was not passed on, of one connection after the other.
    pub(super) fn held(&self, direction: Direction) -> Vec<u8> {
        let mut held = Vec::new();
        for link in self.open_links() {
            link.queue(direction).copy_to(&mut held);
        }
        held
    }
}
