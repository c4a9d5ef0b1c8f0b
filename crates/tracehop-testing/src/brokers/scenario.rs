//! One scenario of the suite.

use std::future::Future;
use std::io::Write as _;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

use super::broker_under_test::BrokerUnderTest;
use super::redelivery::Redelivery;
use super::stage::Stage;
use super::{batches, dropped, journeys, metered, one_hop, policies, runtimes};

/// One scenario, ready to run on one broker.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it shows, as a sentence with underscores.
    pub name: &'static str,
    /// What the broker has not, by its own declaration, and why. The scenario then asserts that it is so.
    pub lacking: Option<&'static str>,
    /// Runs it on a runtime of its own. It panics if the broker does not conform.
    pub run: fn(),
}

/// All scenarios, for one broker.
pub fn scenarios<B: BrokerUnderTest>() -> Vec<Scenario> {
    crate::__each_broker_scenario!(__broker_scenarios, B)
}

/// Runs the scenario of this name. What the broker has not is a line on the standard output, past the test harness.
///
/// # Panics
///
/// Panics if there is no scenario of this name, or if the broker does not conform.
#[doc(hidden)]
pub fn run<B: BrokerUnderTest>(module: &str, name: &str) {
    let scenario = scenarios::<B>().into_iter().find(|scenario| scenario.name == name);
    let scenario = scenario.expect("a scenario of this name");
    if let Some(why) = scenario.lacking {
        tell(&format!("lacking {}::{name} ... {why}\n", last_of(module)));
    }
    (scenario.run)();
}

/// The name of a module without those around it.
pub(super) fn last_of(module: &str) -> &str {
    module.rsplit("::").next().unwrap_or(module)
}

/// Prints past the test harness, which only shows what was printed by tests that fail.
pub(super) fn tell(lines: &str) {
    let mut out = std::io::stdout().lock();
    // A line of the harness may have begun.
    let written = out.write_all(format!("\n{lines}").as_bytes());
    drop(out);
    written.expect("there is a standard output");
}

/// Runs a scenario on a runtime of its own.
pub(super) fn block_on(scenario: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(scenario);
    assert!(!Context::current().has_active_span(), "nothing stays attached to the thread");
}

/// What the broker has not, of what the scenario is about.
fn lacking<B: BrokerUnderTest>(name: &str) -> Option<&'static str> {
    match B::REDELIVERY {
        Redelivery::Never(why) if runtimes::ABOUT_REDELIVERY.contains(&name) => Some(why),
        Redelivery::Never(_) | Redelivery::Again => None,
    }
}
