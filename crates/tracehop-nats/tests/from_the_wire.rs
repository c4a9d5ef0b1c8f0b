//! What whoever may publish can do to span names, to attributes, and to the names that are kept for the life of the process.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use opentelemetry::{Array, Value};
use tracehop_nats::{FromSubject, Nats};
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

fn message(subject: &str, headers: Option<HeaderMap>) -> Message {
    Message {
        subject: subject.into(),
        reply: None,
        payload: Bytes::new(),
        headers,
        status: None,
        description: None,
        length: 0,
    }
}

/// A name that was met again and again is borrowed by spans. One that found no room is copied for each.
fn is_kept(subject: &str) -> bool {
    let spans = SpanRecorder::new();
    let message = FromSubject::new(message(subject, None), subject);
    spans.messaging_tracer().receive(message).process_blocking(|| {});
    matches!(spans.finished().remove(0).name, Cow::Borrowed(_))
}

#[test]
fn a_hundred_thousand_subjects_are_in_no_span_name_and_crowd_no_name_out() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let mut names = BTreeSet::new();
    for number in 0..MESSAGES {
        let subject = match number % 3 {
            0 => format!("orders.\u{1b}]0;{}\u{7}", word(number)),
            1 => format!("orders.{number}.paid"),
            _ => format!("orders.{}", word(number)),
        };
        let message = message(&subject, None);
        match number % 4 {
            0 => tracer.receive::<Nats, _>(message).process_blocking(|| {}),
            // The whole subject is what an application subscribes to that makes one for each order.
            1 => tracer.receive(FromSubject::new(message, "orders.42.paid")).process_blocking(|| {}),
            2 => tracer.receive(FromSubject::new(message, ">")).process_blocking(|| {}),
            _ => tracer.receive(FromSubject::new(message, "orders.>")).process_blocking(|| {}),
        }
        if number % CHUNK == CHUNK - 1 {
            names.extend(spans.finished().into_iter().map(|span| span.name));
            spans.clear();
        }
    }
    assert_eq!(names, ["process", "process >", "process orders.>"].map(Cow::Borrowed).into());
    assert!(is_kept("shipments"));
}

#[test]
fn what_a_message_says_of_itself_has_a_known_form_and_length() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    for text in ["", "\u{1b}[2J", "\0", &"é".repeat(40_000), &"x".repeat(60_000)] {
        let mut headers = HeaderMap::new();
        for name in ["Nats-Msg-Id", "traceparent", "tracehop-attempts", "Nats-Service-Error-Code"] {
            headers.insert(name, text);
        }
        tracer.receive(FromSubject::new(message(text, Some(headers)), "orders.>")).process_blocking(|| {});
        let span = spans.finished().remove(0);
        spans.clear();
        assert_eq!(span.name, "process orders.>");
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
