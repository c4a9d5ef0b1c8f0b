//! It may be made, used and dropped inside of any runtime, and without one.

use tracehop_sdk::Telemetry;

use crate::arrives::receivers;
use crate::mail::relay;
use crate::receiver::{Receiver, lookup};

fn make_use_and_drop(receiver: &Receiver) {
    let builder = Telemetry::builder("orders").variables(lookup(receiver.variables()));
    let telemetry = builder.log_writer(std::io::sink).build().unwrap();
    tracing::dispatcher::with_default(telemetry.dispatch(), || {
        relay(&telemetry.messaging_tracer(), || tracing::info!("x"));
    });
    drop(telemetry);
    let received = receiver.received();
    assert_eq!((received.spans.len(), received.logs.len()), (2, 1));
    assert!(!received.metrics.is_empty());
}

#[test]
fn without_a_runtime() {
    for receiver in receivers() {
        make_use_and_drop(&receiver);
    }
}

#[test]
fn in_a_runtime_of_one_thread() {
    for receiver in receivers() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { make_use_and_drop(&receiver) });
    }
}

#[test]
fn in_a_runtime_of_several_threads() {
    for receiver in receivers() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let made = async move {
            make_use_and_drop(&receiver);
            receiver
        };
        // The server has a runtime, which must not be dropped inside of another.
        drop(runtime.block_on(async { tokio::spawn(made).await.unwrap() }));
    }
}
