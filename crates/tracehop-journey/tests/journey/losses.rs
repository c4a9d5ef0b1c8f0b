//! What spans have lost, and messages that came with several contexts, are known of each journey.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use tracehop_journey::{Bounds, Index};

use crate::scenarios::{insert, messaging};

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
