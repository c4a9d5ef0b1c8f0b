//! Handlers of messages that no known send has brought.

use tracehop_journey::{Bounds, Index};

use crate::scenarios::{Draft, insert, messaging, span};

/// What is known: `producer > destination > consumer`.
fn known(drafts: impl IntoIterator<Item = Draft>) -> Vec<String> {
    let mut index = Index::new(Bounds::default());
    insert(&mut index, drafts);
    index.refresh();
    let all = index.summaries().flat_map(|row| row.unmatched.iter());
    all.map(|it| {
        format!(
            "{:?}: {} > {} > {}",
            it.gap,
            it.producer.as_deref().unwrap_or("?"),
            it.destination,
            it.consumer
        )
    })
    .collect()
}

fn handler() -> Draft {
    messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(10, 15)
}

#[test]
fn a_context_that_was_put_on_a_message_by_hand_has_no_send() {
    assert_eq!(known([span("shop", "POST /orders", 1, 1), handler()]), ["NoSend: shop > orders > billing"]);
    assert_eq!(known([handler()]), ["NoSend: ? > orders > billing"], "its span may not have come");
    let linked = messaging("billing", "process", "orders", 2, 2).link(1, 1);
    assert_eq!(known([span("shop", "POST /orders", 1, 1), linked]), ["NoSend: shop > orders > billing"]);
}

#[test]
fn a_handler_of_a_message_that_was_sent_and_a_part_of_one_are_none_of_them() {
    let sent = messaging("shop", "send", "orders", 1, 1).times(0, 1);
    assert!(known([sent.clone(), handler()]).is_empty());
    let around = messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(10, 20);
    let nested = messaging("billing", "process", "orders", 1, 3).parent(2).times(11, 19);
    assert!(known([sent, around, nested]).is_empty(), "one handler, with two spans");
}

#[test]
fn a_message_without_context_tells_nothing_of_its_sender() {
    let handler = messaging("billing", "process", "orders", 1, 2).failed("Boom").times(10, 15);
    assert_eq!(known([handler.clone()]), ["NoContext: ? > orders > billing"]);
    let mut index = Index::new(Bounds::default());
    insert(&mut index, [handler]);
    index.refresh();
    let row = index.summaries().next().unwrap();
    assert_eq!(row.unmatched[0].error.as_deref(), Some("Boom"));
    assert_eq!(row.unmatched[0].handling.as_micros(), 5);
    assert_eq!(row.destinations.iter().map(|it| &**it).collect::<Vec<_>>(), ["orders"]);
}

#[test]
fn many_handlers_of_one_context_are_bounded_and_the_rest_is_counted() {
    let handlers = (0..100).map(|id| messaging("billing", "process", "orders", 1, 2 + id).remote_parent(1));
    let mut index = Index::new(Bounds::default());
    insert(&mut index, handlers.chain([span("shop", "POST /orders", 1, 1)]));
    index.refresh();
    let row = index.summaries().next().unwrap();
    assert_eq!((row.unmatched.len(), row.parts_left_out), (64, 36));
}

#[test]
fn a_batch_whose_messages_are_known_is_matched_in_the_journey_of_what_it_sends_too() {
    let sends = (1..=3).map(|trace| messaging("shop", "send", "orders", trace, 1).times(0, 1));
    let batch = (1..=3)
        .fold(messaging("billing", "process", "orders", 4, 1).times(10, 20), |it, trace| it.link(trace, 1));
    let own = messaging("billing", "send", "reports", 4, 2).parent(1).times(11, 12);
    assert!(known(sends.chain([batch, own])).is_empty());
}
