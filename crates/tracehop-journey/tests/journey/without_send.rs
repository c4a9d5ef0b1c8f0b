//! Handlers whose messages carried a context, and of which no send is known.

use tracehop_journey::{Bounds, Index};

use crate::scenarios::{Draft, insert, messaging, span};

/// What is known: `producer > destination > consumer`.
fn known(drafts: impl IntoIterator<Item = Draft>) -> Vec<String> {
    let mut index = Index::new(Bounds::default());
    insert(&mut index, drafts);
    index.refresh();
    let all = index.summaries().flat_map(|row| row.without_send.iter());
    all.map(|it| format!("{} > {} > {}", it.producer.as_deref().unwrap_or("?"), it.destination, it.consumer))
        .collect()
}

fn handler() -> Draft {
    messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(10, 15)
}

#[test]
fn a_context_that_was_put_on_a_message_by_hand_has_no_send() {
    assert_eq!(known([span("shop", "POST /orders", 1, 1), handler()]), ["shop > orders > billing"]);
    assert_eq!(known([handler()]), ["? > orders > billing"], "its span may not have come");
    let linked = messaging("billing", "process", "orders", 2, 2).link(1, 1);
    assert_eq!(known([span("shop", "POST /orders", 1, 1), linked]), ["shop > orders > billing"]);
}

#[test]
fn a_handler_of_a_message_that_was_sent_or_had_no_context_is_none_of_them() {
    let sent = messaging("shop", "send", "orders", 1, 1).times(0, 1);
    assert!(known([sent.clone(), handler()]).is_empty());
    assert!(known([messaging("billing", "process", "orders", 1, 2)]).is_empty(), "it had no context");
    let around = messaging("billing", "process", "orders", 1, 2).remote_parent(1).times(10, 20);
    let nested = messaging("billing", "process", "orders", 1, 3).parent(2).times(11, 19);
    assert!(known([sent, around, nested]).is_empty(), "one handler, with two spans");
}
