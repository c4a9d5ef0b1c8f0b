//! All scenarios at once on a broker that is killed.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::broker_process::BrokerProcess;
use super::broker_under_test::BrokerUnderTest;
use super::outages::Outages;
use super::scenario::{block_on, last_of, tell};
use super::stage::Stage;
use super::{batches, dropped, journeys, killed, metered, one_hop, policies, runtimes};

/// A scenario that is on its way.
type Running = (&'static str, JoinHandle<()>);

/// Runs all scenarios at the same time on a broker of their own, which is killed and started again whenever all that go on have
/// come to a point where it should be: each after its clients have connected, and some in the midst of an operation.
///
/// What became of each is a line on the standard output, past the test harness.
///
/// # Panics
///
/// Panics if one of them fails, after all of them have ended.
#[doc(hidden)]
pub fn run_killed<B: BrokerUnderTest, P: BrokerProcess>(
    module: &str,
    start: impl Future<Output = (B::Server, P)>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let (server, mut process) = runtime.block_on(start);
    let outages = Arc::new(Outages::default());
    let running = all::<B>(&server, &outages);
    let times = runtime.block_on(outages.run(&mut process));
    let module = last_of(module);
    let mut failed = Vec::new();
    let mut lines = vec![format!("the broker of {module} was killed {times} times\n")];
    for (name, thread) in running {
        let outcome = if thread.join().is_ok() { "ok" } else { "FAILED" };
        lines.push(format!("scenario {module}::{name} ... {outcome}\n"));
        if outcome != "ok" {
            failed.push(name);
        }
    }
    tell(&lines.concat());
    assert!(failed.is_empty(), "these do not go on when their broker is killed: {failed:#?}");
}

fn all<B: BrokerUnderTest>(server: &B::Server, outages: &Arc<Outages>) -> Vec<Running> {
    // All at the first outage: none may be alone before the others are there.
    let last = outages.enter();
    let running = crate::__each_broker_scenario!(
        __killed_broker_scenarios,
        B,
        server,
        outages,
        killed::a_send_while_the_broker_dies_says_so_or_arrives_and_so_does_one_while_it_is_dead
        killed::a_message_whose_broker_is_killed_in_mid_handler_is_settled_or_comes_again
    );
    drop(last);
    running
}

/// Runs a scenario on a thread of its own.
fn spawn<B: BrokerUnderTest>(
    name: &'static str,
    server: &B::Server,
    outages: &Arc<Outages>,
    run: impl FnOnce(&Stage<B>) + Send + 'static,
) -> Running {
    let alive = outages.enter();
    let stage = Stage::killed(server.clone(), Arc::clone(outages));
    let scenario = move || {
        // Dropped in a panic too.
        let _alive = alive;
        run(&stage);
        assert!(stage.has_met_outage(), "the broker was not killed in this scenario");
    };
    let thread = thread::Builder::new().name(name.to_owned()).spawn(scenario);
    (name, thread.expect("a thread can be started"))
}
