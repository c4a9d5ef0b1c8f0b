//! They may be made, used and dropped inside of any runtime, and without one.

use opentelemetry::metrics::MeterProvider;
use tracehop_sdk::{Logs, Metrics};
use tracing_subscriber::layer::SubscriberExt;

use crate::endpoints::{PROTOCOLS, lookup, recorder, to};

fn make_use_and_drop(protocol: &str) {
    let recorder = recorder();
    let variables = lookup(to(&recorder, protocol));
    let metrics = Metrics::builder("orders").variables(variables.clone()).build().unwrap();
    metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
    let logs = Logs::builder("orders").variables(variables).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(logs.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info!("x"));
    drop((metrics, logs));
    assert_eq!((recorder.metrics().len(), recorder.logs().len()), (1, 1));
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
