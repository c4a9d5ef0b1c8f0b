//! The shop checks itself, so that it cannot rot between two looks at it.

use std::io;

use tracehop_testing::OtlpRecorder;

use crate::brokers::Brokers;
use crate::cli::Cli;
use crate::log_lines::LogLines;
use crate::telemetry::telemetry;
use crate::{check, serve};

/// One thread, so that the subscriber of this test is that of all its tasks.
#[tokio::test]
async fn all_of_an_order_is_one_trace_and_all_signals_arrive() {
    let log = LogLines::new(io::sink);
    let collector = OtlpRecorder::start().await.unwrap();
    let telemetry = telemetry(Some(collector.endpoint()), &log).unwrap();
    let subscriber = tracing::dispatcher::set_default(telemetry.dispatch());
    let cli = Cli { nats_url: None, orders: 3 };
    let brokers = Brokers::start(&cli).await.unwrap();
    let customers = serve(&cli, &brokers, &telemetry).await.unwrap();
    drop(subscriber);
    tokio::task::spawn_blocking(move || telemetry.shutdown()).await.unwrap().unwrap();
    check::check(&customers, &collector, &log.lines()).unwrap();
    assert_eq!(customers.len(), 3);
}
