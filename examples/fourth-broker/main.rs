//! A fourth broker: what it takes to make your own queue traceable, and the proof that it behaves like the others.
//!
//! `pigeon.rs` is a broker that knows nothing of tracing, `adapter.rs` makes it traceable, and `conformance.rs` puts it
//! behind the same suite that the adapters for Kafka, RabbitMQ and NATS run.

#![allow(
    clippy::expect_used,
    reason = "what goes wrong here is a scenario that fails, and is reported as such"
)]

mod adapter;
mod conformance;
mod pigeon;

use std::panic::catch_unwind;
use std::process::ExitCode;

use conformance::PostOffice;

fn main() -> ExitCode {
    let mut failed = 0;
    for scenario in tracehop_testing::brokers::scenarios::<PostOffice>() {
        let passed = catch_unwind(scenario.run).is_ok();
        failed += u8::from(!passed);
        let lacking = scenario.lacking.map(|why| format!(", without it: {why}")).unwrap_or_default();
        let verdict = if passed { "passed" } else { "FAILED" };
        println!("{verdict} {}{lacking}", scenario.name.replace('_', " "));
    }
    ExitCode::from(failed)
}
