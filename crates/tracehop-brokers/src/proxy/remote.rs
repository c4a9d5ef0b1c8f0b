//! How a proxy is changed from other threads.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::acceptor::Acceptor;
use super::direction::Direction;
use super::fault::{Effect, Fault};
use super::faults::Faults;
use super::hub::Hub;
use super::link::{Ending, Link};
use super::proxy_thread::ProxyThread;

/// Changes a proxy from other threads.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    acceptor: Arc<Acceptor>,
    handle: Handle,
    /// The proxy's.
    thread: ThreadId,
}

impl Remote {
    pub(super) fn new(acceptor: Arc<Acceptor>, thread: &ProxyThread) -> Self {
        Self { acceptor, handle: thread.handle().clone(), thread: thread.id() }
    }

    pub(super) fn hub(&self) -> &Hub {
        &self.acceptor.hub
    }

    /// Accepts who has connected already.
    pub(super) fn accept_waiting(&self) {
        self.change(|_| async {});
    }

    pub(super) fn heal_all(&self) {
        self.change(|acceptor| async move {
            let hub = &acceptor.hub;
            hub.open_links().iter().for_each(|link| link.heal());
            hub.faults.send_modify(Faults::heal);
            let version = hub.faults.borrow().version();
            acceptor.has_heard(version).await;
        });
    }

    pub(super) fn heal(&self, link: &Arc<Link>) {
        let link = Arc::clone(link);
        self.change(|_| async move { link.heal() });
    }

    pub(super) fn apply_to_all(&self, fault: Fault, time: Option<Duration>) {
        self.change(move |acceptor| async move {
            let hub = Arc::clone(&acceptor.hub);
            if lasts(fault) {
                let mut version = 0;
                hub.faults.send_modify(|faults| version = faults.apply(fault, time.is_some()));
                acceptor.has_heard(version).await;
                let faults = Arc::clone(&hub);
                after(time, move || faults.faults.send_modify(|faults| faults.expire(version)));
            }
            if let Some(end) = End::of(fault) {
                end.all(&hub.open_links()).await;
            }
        });
    }

    pub(super) fn apply(&self, link: &Arc<Link>, fault: Fault, time: Option<Duration>) {
        let link = Arc::clone(link);
        self.change(move |_| async move {
            if let Some(end) = End::of(fault) {
                return end.all(&[link]).await;
            }
            let version = link.apply(fault, time.is_some());
            after(time, move || link.expire(version));
        });
    }

    /// Returns when it is done. Nothing is passed on in between, because it is done on the proxy's thread.
    fn change<F>(&self, change: impl FnOnce(Arc<Acceptor>) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let (done, settled) = sync_channel(1);
        let acceptor = Arc::clone(&self.acceptor);
        self.handle.spawn(async move {
            acceptor.accept_waiting();
            change(acceptor).await;
            let _ = done.send(());
        });
        // A hook of the user's is called on the proxy's thread, and may change something too. It cannot wait for itself.
        if thread::current().id() != self.thread {
            // It fails if the proxy has ended, and then there is nothing left to change.
            let _ = settled.recv();
        }
    }

    /// Returns what `look` finds, as soon as it finds something; nothing, if the time is over before. It needs no runtime.
    pub(super) async fn wait<S, T>(
        &self,
        changes: &watch::Sender<S>,
        time: Duration,
        mut look: impl FnMut(&Hub) -> Option<T>,
    ) -> Option<T> {
        let mut changes = changes.subscribe();
        // It ends with the wait.
        let mut over = JoinSet::new();
        over.spawn_on(async move { tokio::time::sleep(time).await }, &self.handle);
        loop {
            changes.mark_unchanged();
            if let Some(found) = look(self.hub()) {
                return Some(found);
            }
            tokio::select! {
                _ = changes.changed() => {}
                _ = over.join_next() => return None,
            }
        }
    }
}

/// Does it when the time is over, if there is one.
fn after(time: Option<Duration>, end: impl FnOnce() + Send + 'static) {
    if let Some(time) = time {
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            end();
        });
    }
}

fn lasts(fault: Fault) -> bool {
    !matches!(fault.effect(), Effect::Cut | Effect::Reset)
}

/// A fault that ends connections.
#[derive(Clone, Copy)]
enum End {
    Whole(Ending),
    Cut(Direction),
}

impl End {
    fn of(fault: Fault) -> Option<Self> {
        match (fault.effect(), fault.direction()) {
            (Effect::Cut, None) | (Effect::Outage, _) => Some(Self::Whole(Ending::Orderly)),
            (Effect::Cut, Some(direction)) => Some(Self::Cut(direction)),
            (Effect::Reset, direction) => Some(Self::Whole(Ending::Reset(direction))),
            _ => None,
        }
    }

    async fn all(self, links: &[Arc<Link>]) {
        for link in links {
            match self {
                Self::Whole(ending) => link.end(ending),
                Self::Cut(direction) => link.cut(direction),
            }
        }
        for link in links {
            match self {
                Self::Whole(_) => link.over().await,
                Self::Cut(direction) => link.ended(direction).await,
            }
        }
    }
}
