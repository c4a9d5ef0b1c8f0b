//! What whoever may publish can do to span names, to attributes, and to the names that are kept for the life of the process.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable};
use opentelemetry::{Array, Value};
use tracehop::{ClientFacts, ClientTracer};
use tracehop_rabbitmq::{FromQueue, RabbitMq};
use tracehop_testing::SpanRecorder;

/// More than names are kept.
const MESSAGES: u32 = 100_000;

/// Spans that are looked at together, so that not all of them are in memory at once.
const CHUNK: u32 = 5_000;

/// A word of its own for each number, without a digit that would show that it is one of many.
fn word(number: u32) -> String {
    let letter = |digit: char| char::from_u32(u32::from('g') + digit.to_digit(16)?);
    format!("{number:x}").chars().filter_map(letter).collect()
}

fn delivery(exchange: &str, routing_key: &str) -> Delivery {
    Delivery::mock(7, exchange.into(), routing_key.into(), false, Vec::new())
}

/// A name that was met again and again is borrowed by spans. One that found no room is copied for each.
fn is_kept(queue: &str) -> bool {
    let spans = SpanRecorder::new();
    let client = ClientTracer::new(&spans.messaging_tracer(), ClientFacts::default());
    client.received(FromQueue::new(delivery("", queue), queue.into(), &client)).process_blocking(|| {});
    matches!(spans.finished().remove(0).name, Cow::Borrowed(_))
}

#[test]
fn a_hundred_thousand_routing_keys_are_in_no_span_name_and_crowd_no_name_out() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let client = ClientTracer::new(&tracer, ClientFacts::default());
    let mut names = BTreeSet::new();
    for number in 0..MESSAGES {
        let routing_key = match number % 3 {
            0 => format!("\u{1b}]0;{}\u{7}", word(number)),
            1 => format!("order.{number}.paid"),
            _ => word(number),
        };
        let message = delivery("shop", &routing_key);
        if number % 4 == 0 {
            tracer.receive::<RabbitMq, _>(message).process_blocking(|| {});
        } else {
            let queue = ["", "amq.gen-x", "billing"][number as usize % 4 - 1];
            client.received(FromQueue::new(message, queue.into(), &client)).process_blocking(|| {});
        }
        if number % CHUNK == CHUNK - 1 {
            names.extend(spans.finished().into_iter().map(|span| span.name));
            spans.clear();
        }
    }
    assert_eq!(names, ["process", "process billing", "process shop"].map(Cow::Borrowed).into());
    assert!(is_kept("shipments"));
}

#[test]
fn what_a_message_says_of_itself_has_a_known_form_and_length() {
    let spans = SpanRecorder::new();
    let client = ClientTracer::new(&spans.messaging_tracer(), ClientFacts::default());
    for text in ["", "\u{1b}[2J", "\0", "é", &"x".repeat(255)] {
        let mut headers = FieldTable::default();
        for name in ["x-delivery-count", "x-death", "traceparent", "tracehop-attempts", "tracehop-reason"] {
            headers.insert(name.into(), AMQPValue::LongString("x".repeat(60_000).into()));
        }
        let mut message = delivery(text, text);
        message.properties = BasicProperties::default()
            .with_message_id(text.into())
            .with_correlation_id(text.into())
            .with_type(text.into())
            .with_app_id(text.into())
            .with_headers(headers);
        client.received(FromQueue::new(message, "orders".into(), &client)).process_blocking(|| {});
        let span = spans.finished().remove(0);
        spans.clear();
        assert_eq!(span.name, "process orders");
        for attribute in span.attributes {
            let (key, value) = (attribute.key.as_str(), &attribute.value);
            match value {
                // Exchange, routing key and queue.
                Value::String(name) if key == "messaging.destination.name" => {
                    assert!(name.as_str().len() <= 3 * 256, "{key}");
                }
                Value::String(id) => assert!(id.as_str().len() <= 255, "{key}"),
                Value::I64(_) | Value::Bool(_) => {}
                // What was wrong with its headers: names of tracehop's own.
                Value::Array(Array::String(names)) => {
                    assert!(names.iter().all(|name| name.as_str().len() <= 32), "{}", key);
                }
                other => panic!("{key} is {other:?}"),
            }
        }
    }
}
