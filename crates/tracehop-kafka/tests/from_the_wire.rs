//! What messages can do to span names, to attributes, and to the names that are kept for the life of the process.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::borrow::Cow;

use opentelemetry::{Array, Value};
use rdkafka::Timestamp;
use rdkafka::message::{Header, OwnedHeaders, OwnedMessage};
use tracehop_kafka::{Kafka, MessagingTracer};
use tracehop_testing::SpanRecorder;

/// How many names are kept.
const KEPT: usize = 16_384;

/// Spans that are looked at together, so that not all of them are in memory at once.
const CHUNK: u32 = 5_000;

fn process(tracer: &MessagingTracer, message: OwnedMessage) {
    tracer.receive::<Kafka, _>(message).process_blocking(|| {});
}

fn message(topic: String, key: Option<&str>, headers: Option<OwnedHeaders>) -> OwnedMessage {
    let key = key.map(|key| key.as_bytes().to_vec());
    OwnedMessage::new(None, key, topic, Timestamp::NotAvailable, 0, 0, headers)
}

/// Senders do not choose topics freely, so a topic is a span's name; but a cluster may have many.
#[test]
fn of_a_hundred_thousand_topics_so_many_are_kept_as_there_is_room_for() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let mut kept = 0;
    for number in 0..100_000 {
        process(&tracer, message(format!("orders-{number}"), None, None));
        if number % CHUNK == CHUNK - 1 {
            for (span, number) in spans.finished().into_iter().zip(number + 1 - CHUNK..) {
                assert_eq!(span.name, format!("process orders-{number}"));
                kept += usize::from(matches!(span.name, Cow::Borrowed(_)));
            }
            spans.clear();
        }
    }
    // The other test may have taken places too.
    assert!(kept <= KEPT && kept > KEPT - 16, "{kept}");
    // What is kept stays; what is not is none the worse for it.
    for (topic, is_kept) in [("orders-0", true), ("orders-99999", false), ("shipments", false)] {
        process(&tracer, message(topic.to_owned(), None, None));
        let span = spans.finished().remove(0);
        spans.clear();
        assert_eq!(span.name, format!("process {topic}"));
        assert_eq!(matches!(span.name, Cow::Borrowed(_)), is_kept, "{topic}");
    }
}

#[test]
fn what_a_message_says_of_itself_has_a_known_form_and_length() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_message_keys(true).build();
    for text in ["", "\u{1b}[2J", "\0", &"é".repeat(40_000), &"x".repeat(60_000)] {
        let names = ["traceparent", "tracehop-attempts", "tracehop-reason", "traceparent\0x"];
        let headers = names
            .iter()
            .fold(OwnedHeaders::new(), |list, key| list.insert(Header { key, value: Some(text) }));
        process(&tracer, message("orders".to_owned(), Some(text), Some(headers)));
        let span = spans.finished().remove(0);
        spans.clear();
        assert_eq!(span.name, "process orders");
        for attribute in span.attributes {
            match &attribute.value {
                Value::String(text) => assert!(text.as_str().len() <= 1_024, "{}", attribute.key),
                Value::I64(_) | Value::Bool(_) => {}
                // What was wrong with its headers: names of tracehop's own.
                Value::Array(Array::String(names)) => {
                    assert!(names.iter().all(|name| name.as_str().len() <= 32), "{}", attribute.key);
                }
                other => panic!("{} is {other:?}", attribute.key),
            }
        }
    }
}
