//! What spans have lost, and messages that came with several contexts, are known of each journey.

use std::time::SystemTime;

use opentelemetry::trace::Event;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use tracehop_journey::{Bounds, Index};

use crate::scenarios::{insert, messaging, span};

#[test]
fn what_a_span_has_lost_is_told_with_who_made_it_and_where() {
    let mut index = Index::new(Bounds::default());
    let mut batch = messaging("billing", "process", "orders", 1, 2)
        .remote_parent(1)
        .times(10, 15)
        .with("tracehop.batch.links_dropped", 170);
    (batch.data.links.dropped_count, batch.data.dropped_attributes_count) = (2, 3);
    insert(&mut index, [messaging("shop", "send", "orders", 1, 1).times(0, 1), batch]);
    index.refresh();
    let row = index.summaries().next().unwrap();
    assert_eq!(row.losses.len(), 1, "the send has lost nothing");
    let loss = &row.losses[0];
    assert_eq!((&*loss.service, &*loss.destination), ("billing", "orders"));
    assert_eq!((loss.attributes, loss.events, loss.links, loss.total()), (3, 0, 172, 175));
}

#[test]
fn attributes_that_an_event_and_a_link_of_the_sdk_have_lost_are_known() {
    let mut index = Index::new(Bounds::default());
    let mut handler = messaging("billing", "process", "orders", 1, 2).link(1, 1).times(10, 15);
    handler.data.links.links[0].dropped_attributes_count = 10;
    handler.data.events.events.push(Event::new("retry", SystemTime::UNIX_EPOCH, Vec::new(), 100));
    handler.data.dropped_attributes_count = 1;
    insert(&mut index, [messaging("shop", "send", "orders", 1, 1).times(0, 1), handler]);
    index.refresh();
    assert_eq!(index.summaries().next().unwrap().losses[0].attributes, 111);
}

#[test]
fn a_message_with_two_contexts_is_known_by_what_its_handler_says() {
    let problems = |names: &[&'static str]| {
        Value::Array(Array::String(names.iter().map(|name| StringValue::from(*name)).collect()))
    };
    let repeated = || problems(&["repeated_traceparent", "baggage_dropped"]);
    for (on_span, on_link, expected) in [
        (Some(repeated()), None, true),
        (None, Some(repeated()), true),
        (Some(problems(&["malformed_traceparent"])), None, false),
        (None, None, false),
    ] {
        let mut index = Index::new(Bounds::default());
        let mut handler = messaging("billing", "process", "orders", 1, 2).link(1, 1).times(10, 15);
        if let Some(problems) = on_span {
            handler = handler.with("tracehop.message.problems", problems);
        }
        if let Some(problems) = on_link {
            let attributes = vec![KeyValue::new("tracehop.message.problems", problems)];
            handler.data.links.links[0].attributes = attributes;
        }
        insert(&mut index, [messaging("shop", "send", "orders", 1, 1).times(0, 1), handler]);
        index.refresh();
        let rows: Vec<_> = index.summaries().flat_map(|row| &row.repeated_contexts).collect();
        let names: Vec<_> = rows.iter().map(|(service, topic)| (&**service, &**topic)).collect();
        assert_eq!(names, if expected { vec![("billing", "orders")] } else { vec![] });
    }
}

#[test]
fn a_batch_tells_of_the_message_with_two_contexts_only_in_its_journey() {
    let repeated = Value::Array(Array::String(vec!["repeated_traceparent".into()]));
    let mut batch = messaging("billing", "process", "orders", 3, 1).link(1, 1).link(2, 1).times(10, 15);
    batch.data.links.links[0].attributes = vec![KeyValue::new("tracehop.message.problems", repeated)];
    let mut index = Index::new(Bounds::default());
    let sends = [1, 2].map(|trace| messaging("shop", "send", "orders", trace, 1).times(0, 1));
    insert(&mut index, sends.into_iter().chain([batch]));
    index.refresh();
    let told = |trace: u128| {
        let row = index.summaries().find(|row| row.id.0.0 == trace.into()).unwrap();
        row.repeated_contexts.len()
    };
    assert_eq!((told(1), told(2)), (1, 0));
}

#[test]
fn losses_of_many_spans_are_bounded_and_the_rest_is_counted() {
    let mut spans = vec![span("shop", "root", 1, 1)];
    for id in 2..=201 {
        let mut child = span("shop", "child", 1, id).parent(1);
        child.data.dropped_attributes_count = 1;
        spans.push(child);
    }
    let mut index = Index::new(Bounds::default());
    insert(&mut index, spans);
    index.refresh();
    let row = index.summaries().next().unwrap();
    assert_eq!((row.losses.len(), row.parts_left_out), (64, 200 - 64));
}

#[test]
fn what_is_cut_here_is_told_apart_from_what_was_lost_before() {
    let mut wide = span("shop", "wide", 1, 1);
    wide.data.dropped_attributes_count = 5;
    for number in 0..40 {
        wide = wide.with(["a", "b", "c", "d"][number % 4], "x".repeat(1_000));
    }
    let mut index = Index::new(Bounds::default());
    insert(&mut index, [wide]);
    index.refresh();
    let loss = &index.summaries().next().unwrap().losses[0];
    assert!(loss.here > 20 && loss.attributes == loss.here + 5, "{loss:?}");
}
