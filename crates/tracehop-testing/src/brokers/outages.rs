//! When a broker is killed that many scenarios use at the same time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::broker_process::BrokerProcess;

/// No scenario needs so long between two outages, on any machine. One that does hangs.
const PATIENCE: Duration = Duration::from_secs(180);

/// Lets scenarios meet: the broker is killed when all that go on have come to a point where it should be.
#[derive(Debug, Default)]
pub(super) struct Outages {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Scenarios that go on.
    alive: usize,
    /// Those of them that wait for an outage to be announced.
    waiting: usize,
    /// Those of them that know that it comes, and are not ready.
    preparing: usize,
    /// Those of them that are in the midst of it.
    inside: usize,
    announced: usize,
    begun: usize,
    ended: usize,
}

impl Outages {
    /// One more scenario goes on, until what this returns is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Alive {
        self.state.send_modify(|state| state.alive += 1);
        Alive(Arc::clone(self))
    }

    /// Waits until an outage comes next. The broker lives until what this returns begins.
    pub(super) async fn announced(self: &Arc<Self>) -> Announced {
        let mut number = 0;
        self.state.send_modify(|state| {
            state.waiting += 1;
            number = state.announced + 1;
        });
        self.until(|state| state.announced >= number).await;
        Announced { outages: Arc::clone(self), number, is_preparing: true }
    }

    async fn until(&self, is_so: impl FnMut(&State) -> bool) {
        let mut state = self.state.subscribe();
        state.wait_for(is_so).await.expect("the sender is in this");
    }

    async fn until_in_time(&self, what: &str, is_so: impl FnMut(&State) -> bool) {
        let in_time = timeout(PATIENCE, self.until(is_so)).await;
        assert!(in_time.is_ok(), "a scenario hangs {what}: {self:?}");
    }

    /// Kills the broker and starts it again whenever all scenarios wait for it, until none goes on. How often it did.
    ///
    /// # Panics
    ///
    /// Panics if a scenario hangs.
    pub(super) async fn run(&self, process: &mut impl BrokerProcess) -> usize {
        for number in 1.. {
            self.until_in_time("before it waits", |state| state.alive == state.waiting).await;
            if self.state.borrow().alive == 0 {
                return number - 1;
            }
            self.state.send_modify(|state| {
                state.preparing = std::mem::take(&mut state.waiting);
                state.announced = number;
            });
            self.until_in_time("while it prepares", |state| state.preparing == 0).await;
            process.kill().await;
            self.state.send_modify(|state| state.begun = number);
            self.until_in_time("while its broker is dead", |state| state.inside == 0).await;
            process.restart().await;
            self.state.send_modify(|state| state.ended = number);
        }
        0
    }
}

/// A scenario that goes on.
#[derive(Debug)]
pub(super) struct Alive(Arc<Outages>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.alive -= 1);
    }
}

/// The broker is about to be killed.
#[derive(Debug)]
#[must_use = "the broker lives as long as this is kept"]
pub(super) struct Announced {
    outages: Arc<Outages>,
    number: usize,
    is_preparing: bool,
}

impl Announced {
    /// Lets the broker be killed, and returns when it is dead. It stays so until what this returns ends.
    pub(super) async fn begin(mut self) -> Outage {
        self.is_preparing = false;
        self.outages.state.send_modify(|state| {
            state.preparing -= 1;
            state.inside += 1;
        });
        let (outages, number) = (Arc::clone(&self.outages), self.number);
        let outage = Outage { outages, number, is_inside: true };
        self.outages.until(|state| state.begun >= number).await;
        outage
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if self.is_preparing {
            self.outages.state.send_modify(|state| state.preparing -= 1);
        }
    }
}

/// The broker is dead.
#[derive(Debug)]
#[must_use = "the broker is dead as long as this is kept"]
pub(super) struct Outage {
    outages: Arc<Outages>,
    number: usize,
    is_inside: bool,
}

impl Outage {
    /// Lets the broker be started again, and returns when it takes connections.
    pub(super) async fn end(mut self) {
        self.leave();
        let number = self.number;
        self.outages.until(|state| state.ended >= number).await;
    }

    fn leave(&mut self) {
        if std::mem::take(&mut self.is_inside) {
            self.outages.state.send_modify(|state| state.inside -= 1);
        }
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    /// A broker that is alive or dead.
    #[derive(Default)]
    struct Fake {
        is_dead: Arc<AtomicBool>,
        kills: usize,
    }

    impl BrokerProcess for Fake {
        async fn kill(&mut self) {
            assert!(!self.is_dead.swap(true, Ordering::SeqCst), "it is killed once");
            self.kills += 1;
        }

        async fn restart(&mut self) {
            assert!(self.is_dead.swap(false, Ordering::SeqCst), "it is dead");
        }
    }

    #[tokio::test]
    async fn a_broker_dies_when_all_scenarios_that_go_on_want_it_to_and_is_back_when_all_are_done() {
        let outages = Arc::new(Outages::default());
        let mut broker = Fake::default();
        let at_work = Arc::new(AtomicUsize::new(0));
        let scenarios: Vec<_> = (0..5)
            .map(|times| {
                let (outages, at_work) = (Arc::clone(&outages), Arc::clone(&at_work));
                let (alive, is_dead) = (outages.enter(), Arc::clone(&broker.is_dead));
                tokio::spawn(async move {
                    let _alive = alive;
                    for _ in 0..times {
                        at_work.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        assert!(!is_dead.load(Ordering::SeqCst), "it dies while somebody works");
                        at_work.fetch_sub(1, Ordering::SeqCst);
                        let announced = outages.announced().await;
                        assert!(!is_dead.load(Ordering::SeqCst), "it lives until all are ready");
                        tokio::task::yield_now().await;
                        assert!(!is_dead.load(Ordering::SeqCst), "it lives until all are ready");
                        let outage = announced.begin().await;
                        assert!(is_dead.load(Ordering::SeqCst));
                        assert_eq!(at_work.load(Ordering::SeqCst), 0, "all are in the outage");
                        tokio::task::yield_now().await;
                        assert!(is_dead.load(Ordering::SeqCst), "it stays dead");
                        outage.end().await;
                        assert!(!is_dead.load(Ordering::SeqCst));
                    }
                })
            })
            .collect();
        let times = outages.run(&mut broker).await;
        for scenario in scenarios {
            scenario.await.unwrap();
        }
        assert_eq!((times, broker.kills), (4, 4));
    }

    #[tokio::test]
    async fn a_scenario_that_fails_before_or_in_an_outage_holds_up_nobody() {
        let outages = Arc::new(Outages::default());
        let scenarios = [0, 1, 2].map(|fails_at| {
            let outages = Arc::clone(&outages);
            let alive = outages.enter();
            tokio::spawn(async move {
                let _alive = alive;
                let announced = outages.announced().await;
                assert_ne!(fails_at, 1);
                let outage = announced.begin().await;
                assert_ne!(fails_at, 2);
                outage.end().await;
                outages.announced().await.begin().await.end().await;
            })
        });
        assert_eq!(outages.run(&mut Fake::default()).await, 2);
        let [good, early, late] = scenarios;
        good.await.unwrap();
        early.await.unwrap_err();
        late.await.unwrap_err();
    }
}
