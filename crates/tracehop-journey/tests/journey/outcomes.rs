//! What became of a journey, also by spans of other instrumentations.

use std::sync::Arc;

use opentelemetry::trace::SpanKind;
use tracehop_journey::{Bounds, Index, JourneySummary, Outcome};

use crate::scenarios::{Draft, insert, messaging, span};

/// The only journey of all drafts.
fn row(drafts: impl IntoIterator<Item = Draft>) -> Arc<JourneySummary> {
    let mut index = Index::new(Bounds::default());
    insert(&mut index, drafts);
    index.refresh();
    assert_eq!(index.summaries().count(), 1);
    let row = index.summaries().next().unwrap();
    Arc::clone(row)
}

fn sent() -> Draft {
    messaging("shop", "send", "orders", 1, 1).times(0, 1)
}

fn handled(id: u64, destination: &str, at: u64) -> Draft {
    messaging("billing", "process", destination, 1, id).remote_parent(1).times(at, at + 5)
}

#[test]
fn one_of_several_messages_under_one_context_that_fails_is_no_try_of_another() {
    let message =
        |id: u64| handled(10 + id, "orders", 10 * id).with("messaging.message.id", format!("m{id}"));
    let by_id = row([sent(), message(1), message(2).failed("Boom"), message(3)]);
    assert_eq!((by_id.outcome, by_id.attempts), (Outcome::Failed, 1));
    let batch = sent().with("messaging.batch.message_count", 3);
    let nameless = row([
        batch,
        handled(2, "orders", 10).failed("Boom"),
        handled(3, "orders", 20),
        handled(4, "orders", 30),
    ]);
    assert_eq!((nameless.outcome, nameless.attempts), (Outcome::Failed, 1));
}

#[test]
fn two_queues_of_one_service_are_no_tries_of_each_other() {
    let row = row([sent(), handled(2, "orders:a", 10).failed("Boom"), handled(3, "orders:b", 20)]);
    assert_eq!((row.outcome, row.attempts), (Outcome::Failed, 1));
}

#[test]
fn a_copy_on_a_queue_of_retries_that_kept_its_context_is_another_try() {
    let row = row([sent(), handled(2, "orders", 10).failed("Boom"), handled(3, "orders.retry", 20)]);
    assert_eq!((row.outcome, row.attempts), (Outcome::Ok, 2));
}

#[test]
fn three_hundred_messages_that_were_tried_twice_are_well() {
    let mut drafts = vec![messaging("shop", "process", "in", 1, 1).times(0, 100_000)];
    for id in 0..300 {
        drafts.push(messaging("shop", "send", "orders", 1, 1_000 + id).parent(1).times(10 + id, 11 + id));
        let tried = |own: u64, at: u64| {
            let handler = messaging("billing", "process", "orders", 1, own).remote_parent(1_000 + id);
            handler.times(at, at + 1).with("messaging.message.id", format!("m{id}"))
        };
        drafts.push(tried(5_000 + id, 1_000 + id).failed("Boom"));
        drafts.push(tried(9_000 + id, 3_000 + id));
    }
    assert_eq!(row(drafts).outcome, Outcome::Ok);
}

#[test]
fn topics_of_retries_and_of_dead_letters_are_understood_without_an_event() {
    let failed = |id: u64, from: u64, destination: &str, at: u64| {
        messaging("billing", "process", destination, 1, id)
            .remote_parent(from)
            .times(at, at + 9)
            .failed("Boom")
    };
    let copy = |id: u64, below: u64, destination: &str, at: u64| {
        messaging("billing", "send", destination, 1, id).parent(below).times(at, at + 1)
    };
    let first = [sent(), failed(2, 1, "orders", 10), copy(3, 2, "orders-retry-0", 18)];
    let well = messaging("billing", "process", "orders-retry-0", 1, 4).remote_parent(3).times(30, 40);
    assert_eq!(row(first.clone().into_iter().chain([well])).outcome, Outcome::Ok);
    let buried = [
        failed(4, 3, "orders-retry-0", 30),
        copy(5, 4, "orders-dlt", 38),
        messaging("billing", "process", "orders-dlt", 1, 6).remote_parent(5).times(50, 60),
    ];
    assert_eq!(row(first.into_iter().chain(buried)).outcome, Outcome::DeadLettered);
}

/// Names of attributes before the conventions of today, as agents of some years ago write them.
fn older(service: &str, name: &str, kind: SpanKind, operation: &'static str, trace: u128, id: u64) -> Draft {
    let draft = span(service, name, trace, id).kind(kind).with("messaging.system", "kafka");
    draft.with("messaging.operation", operation).with("messaging.destination", "orders")
}

#[test]
fn older_names_of_attributes_are_understood() {
    let row = row([
        older("shop", "orders publish", SpanKind::Producer, "publish", 1, 1).times(0, 1),
        older("billing", "orders receive", SpanKind::Consumer, "receive", 1, 2).remote_parent(1).times(5, 6),
    ]);
    assert_eq!(
        (row.outcome, &*row.hops[0].destination, &*row.hops[0].consumer),
        (Outcome::Ok, "orders", "billing")
    );
}

#[test]
fn whoever_asks_for_messages_by_an_older_name_handles_none_without_context() {
    let mut index = Index::new(Bounds::default());
    insert(
        &mut index,
        [
            older("shop", "orders publish", SpanKind::Producer, "publish", 1, 1).times(0, 1),
            older("billing", "orders receive", SpanKind::Consumer, "receive", 2, 1).times(5, 6),
            older("billing", "orders process", SpanKind::Consumer, "process", 2, 2)
                .parent(1)
                .link(1, 1)
                .times(7, 9),
        ],
    );
    index.refresh();
    assert!(index.summaries().all(|row| row.unmatched.is_empty()));
}

#[test]
fn a_handler_below_the_span_that_asked_for_its_message_has_that_message() {
    let row = row([
        sent(),
        messaging("billing", "receive", "orders", 2, 1).link(1, 1).times(3, 4),
        messaging("billing", "process", "orders", 2, 3).parent(1).times(4, 8),
    ]);
    assert_eq!((row.outcome, row.hops.len()), (Outcome::Ok, 1));
}

#[test]
fn another_service_that_goes_on_from_a_message_has_handled_it() {
    let goes_on = span("billing", "handle", 1, 2).kind(SpanKind::Server).remote_parent(1).times(10, 20);
    assert_eq!(row([sent(), goes_on]).outcome, Outcome::Ok);
}
