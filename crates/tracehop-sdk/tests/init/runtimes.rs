//! It may be made, used and dropped inside of any runtime, and without one.

use tracehop_sdk::Telemetry;

use crate::endpoints::{PROTOCOLS, lookup, recorder, to};
use crate::mail::relay;

fn make_use_and_drop(protocol: &str) {
    let recorder = recorder();
    let variables = lookup(to(&recorder, protocol));
    let builder = Telemetry::builder("orders").variables(variables);
    let telemetry = builder.log_writer(std::io::sink).build().unwrap();
    tracing::dispatcher::with_default(telemetry.dispatch(), || {
        relay(&telemetry.messaging_tracer(), || tracing::info!("x"));
    });
    drop(telemetry);
    assert_eq!((recorder.finished().len(), recorder.logs().len()), (2, 1));
    assert!(!recorder.metrics().is_empty());
}

#[test]
fn without_a_runtime() {
    for protocol in PROTOCOLS {
        make_use_and_drop(protocol);
    }
}

#[test]
fn in_a_runtime_of_one_thread() {
    for protocol in PROTOCOLS {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { make_use_and_drop(protocol) });
    }
}

#[test]
fn in_a_runtime_of_several_threads() {
    for protocol in PROTOCOLS {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async { tokio::spawn(async { make_use_and_drop(protocol) }).await.unwrap() });
    }
}
