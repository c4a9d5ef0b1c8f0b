//! They may be made, used and dropped inside of any runtime, and without one.

use opentelemetry::metrics::MeterProvider;
use tracehop_sdk::{Logs, Metrics};
use tracing_subscriber::layer::SubscriberExt;

use crate::receiver::{Receiver, lookup};

fn make_use_and_drop(receiver: &Receiver) {
    let metrics = Metrics::builder("orders").variables(lookup(receiver.variables())).build().unwrap();
    metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
    let logs = Logs::builder("orders").variables(lookup(receiver.variables())).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(logs.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info!("x"));
    drop((metrics, logs));
    let received = receiver.received();
    assert_eq!((received.metrics.len(), received.logs.len()), (1, 1));
}

#[test]
fn without_a_runtime() {
    make_use_and_drop(&Receiver::http());
    make_use_and_drop(&Receiver::grpc());
}

#[test]
fn in_a_runtime_of_one_thread() {
    for receiver in [Receiver::http(), Receiver::grpc()] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { make_use_and_drop(&receiver) });
    }
}

#[test]
fn in_a_runtime_of_several_threads() {
    for receiver in [Receiver::http(), Receiver::grpc()] {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let made = async move {
            make_use_and_drop(&receiver);
            receiver
        };
        // The server has a runtime, which must not be dropped inside of another.
        let receiver = runtime.block_on(async { tokio::spawn(made).await.unwrap() });
        assert!(!receiver.received().logs.is_empty());
    }
}
