//! The levels of the order pipeline.

use std::sync::Arc;
use std::time::Duration;

use tracehop_cli::check::{Levels, Report};
use tracehop_journey::{HopRecord, JourneySummary, Outcome};

use crate::samples::{ago, hop, journey, key, now, unhandled};

const LEVELS: &str = include_str!("../../../../examples/order-pipeline/levels.toml");

/// An order that was paid for and shipped: three hops.
fn order(number: u64) -> JourneySummary {
    let started = 400_000 - number * 1_000;
    let hop = |place: u64, system: &str, producer: &str, destination: &str, consumer: &str| HopRecord {
        send: key(number, 10 + 2 * place),
        process: key(number, 11 + 2 * place),
        system: system.into(),
        producer: producer.into(),
        destination: destination.into(),
        consumer: consumer.into(),
        sent: ago(started - 200 * place),
        ..hop(number)
    };
    JourneySummary {
        name: "POST /orders".into(),
        started: ago(started),
        duration: Duration::from_millis(600),
        services: ["storefront", "checkout", "payments", "shipping"].map(Into::into).into(),
        destinations: ["orders", "payments", "shipments"].map(Into::into).into(),
        hops: [
            hop(0, "kafka", "storefront", "orders", "checkout"),
            hop(1, "rabbitmq", "checkout", "payments", "payments"),
            hop(2, "nats", "payments", "shipments", "shipping"),
        ]
        .into(),
        ..journey(number)
    }
}

fn check(journeys: impl Iterator<Item = JourneySummary>) -> Report {
    let journeys: Vec<_> = journeys.map(Arc::new).collect();
    Levels::parse(LEVELS).expect("good levels").check(&journeys, now())
}

#[test]
fn they_hold_where_orders_are_shipped() {
    let report = check((1..=50).map(order));
    assert!(report.holds, "{report}");
}

#[test]
fn they_are_broken_where_payments_hang() {
    let hangs = |number| {
        let journey = order(number);
        let sent = journey.hops[1].sent;
        JourneySummary {
            outcome: Outcome::Waiting,
            hops: [journey.hops[0].clone()].into(),
            unhandled: [unhandled(number, "payments", sent)].into(),
            ..journey
        }
    };
    let report = check((1..=50).map(hangs));
    let broken: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.verdict == tracehop_cli::check::Verdict::Broken)
        .map(|finding| finding.level.as_str())
        .collect();
    assert!(broken.contains(&"orders are shipped"), "{report}");
    assert!(broken.contains(&"no payment is lost"), "{report}");
}

#[test]
fn they_are_no_pass_where_nothing_runs() {
    assert!(!check(std::iter::empty()).holds);
}
