//! One traced send and one traced receive with its handling, without a broker: the span, its attributes and the headers.
//!
//! Eight attributes on a send and ten on a process span, on all sides. tracehop's tracer is the default one, which looks
//! for baggage too; by hand only trace context is propagated.

use std::hint::black_box;
use std::rc::Rc;

use opentelemetry::trace::TraceContextExt;
use rdkafka::Timestamp;
use rdkafka::message::{Header, Message, OwnedHeaders, OwnedMessage};

use crate::case::{Case, Goals, work, work_in};
use crate::goals;
use crate::mode::Mode;
use crate::ours::{self, Client};
use crate::provider::Tracers;
use crate::traceparent::{TRACEPARENT, around, traceparent};

pub(crate) const TOPIC: &str = "orders";
pub(crate) const PARTITION: i32 = 3;
pub(crate) const BATCH: usize = 100;
pub(crate) const GROUP: &str =
    "One hop without a broker; the floor is the SDK's own span, and one header put or looked up";

pub(crate) fn cases() -> Vec<Case> {
    let sends = Mode::ALL.into_iter().map(send_case).chain([trusted_send_case()]);
    let receives = Mode::ALL.into_iter().map(receive_case).chain([trusted_receive_case()]);
    sends.chain(receives).chain([batch_case(), plain_batch_case()]).collect()
}

/// An unsampled parent is trusted, and the message carries its context: no span is made.
fn trusted_send_case() -> Case {
    let client = Client::new(&Tracers::discarding(Mode::Unsampled).thrifty);
    Case {
        name: "send, parent unsampled and trusted",
        ours: work_in(around(Mode::Unsampled), move || {
            let mut headers = None;
            client.send(black_box(TOPIC), PARTITION, &mut headers);
            headers
        }),
        goals: Goals {
            allocations: Some(goals::UNSAMPLED_SEND_ALLOCATIONS),
            instructions: goals::TRUSTED_SEND_INSTRUCTIONS,
            ..Goals::default()
        },
        ..send_case(Mode::Unsampled)
    }
}

/// The same for a message that was got.
fn trusted_receive_case() -> Case {
    let client = Client::new(&Tracers::discarding(Mode::Unsampled).thrifty);
    let message = message(Mode::Unsampled);
    Case {
        name: "receive + process, parent unsampled and trusted",
        ours: work(move || {
            let got = client.receive(black_box(&message));
            ours::process(&got, |message| {
                black_box(message.payload());
            });
        }),
        goals: Goals {
            allocations: Some(goals::TRUSTED_RECEIVE_ALLOCATIONS),
            instructions: goals::TRUSTED_RECEIVE_INSTRUCTIONS,
            ..Goals::default()
        },
        ..receive_case(Mode::Unsampled)
    }
}

/// A batch whose links have no attributes; by hand they have them.
fn plain_batch_case() -> Case {
    let client = Client::new(&Tracers::discarding(Mode::Sampled).thrifty);
    let messages = batch(Mode::Sampled);
    Case {
        name: "receive + process a batch of 100, plain links",
        ours: work(move || {
            let batch: Vec<_> = messages.iter().map(|message| client.receive(message)).collect();
            client.process_batch(&batch, || {
                black_box(&batch);
            });
        }),
        goals: Goals {
            allocations: Some(goals::PLAIN_BATCH_ALLOCATIONS),
            instructions: goals::PLAIN_BATCH_INSTRUCTIONS,
            ..Goals::default()
        },
        ..batch_case()
    }
}

pub(crate) fn send_case(mode: Mode) -> Case {
    let tracers = Rc::new(Tracers::discarding(mode));
    let client = Client::new(&tracers.ours);
    let floor = Rc::clone(&tracers);
    let (name, goals) = match mode {
        Mode::NoSdk => (
            "send, no SDK",
            Goals {
                time: Some(goals::NO_SDK_TIME),
                allocations: Some(goals::NO_SDK_ALLOCATIONS),
                all_allocations: Some(goals::NO_SDK_ALLOCATIONS),
                ..Goals::default()
            },
        ),
        Mode::Unsampled => (
            "send, parent unsampled",
            Goals {
                allocations: Some(goals::UNSAMPLED_SEND_ALLOCATIONS),
                all_allocations: Some(goals::UNSAMPLED_SEND_ALL_ALLOCATIONS),
                instructions: goals::UNSAMPLED_SEND_INSTRUCTIONS,
                ..Goals::default()
            },
        ),
        Mode::Sampled => (
            "send, sampled",
            Goals {
                time: Some(goals::SAMPLED_SEND_TIME),
                allocations: Some(goals::SAMPLED_SEND_ALLOCATIONS),
                all_allocations: Some(goals::SAMPLED_SEND_ALL_ALLOCATIONS),
                instructions: goals::SAMPLED_SEND_INSTRUCTIONS,
            },
        ),
    };
    Case {
        group: GROUP,
        name,
        floor: Some(work_in(around(mode), move || {
            let mut headers = None;
            drop(floor.floor.send(&mut headers));
            headers
        })),
        by_hand: Some(work_in(around(mode), move || {
            let mut headers = None;
            let cx = tracers.by_hand.send(black_box(TOPIC), PARTITION, &mut headers);
            cx.span().end();
            headers
        })),
        ours: work_in(around(mode), move || {
            let mut headers = None;
            client.send(black_box(TOPIC), PARTITION, &mut headers);
            headers
        }),
        goals,
        is_heavy: false,
    }
}

fn receive_case(mode: Mode) -> Case {
    let tracers = Rc::new(Tracers::discarding(mode));
    let client = Client::new(&tracers.ours);
    let floor = Rc::clone(&tracers);
    let message = Rc::new(message(mode));
    let (same, least) = (Rc::clone(&message), Rc::clone(&message));
    let (name, goals) = match mode {
        Mode::NoSdk => (
            "receive + process, no SDK",
            Goals {
                allocations: Some(goals::NO_SDK_RECEIVE_ALLOCATIONS),
                instructions: goals::NO_SDK_RECEIVE_INSTRUCTIONS,
                ..Goals::default()
            },
        ),
        Mode::Unsampled => (
            "receive + process, parent unsampled",
            Goals {
                allocations: Some(goals::UNSAMPLED_RECEIVE_ALLOCATIONS),
                instructions: goals::UNSAMPLED_RECEIVE_INSTRUCTIONS,
                ..Goals::default()
            },
        ),
        Mode::Sampled => (
            "receive + process, sampled",
            Goals {
                allocations: Some(goals::SAMPLED_RECEIVE_ALLOCATIONS),
                all_allocations: Some(goals::SAMPLED_RECEIVE_ALLOCATIONS),
                instructions: goals::SAMPLED_RECEIVE_INSTRUCTIONS,
                ..Goals::default()
            },
        ),
    };
    Case {
        group: GROUP,
        name,
        floor: Some(work(move || {
            let message = black_box(&*least);
            let headers = Message::headers(message).map(OwnedHeaders::as_borrowed);
            floor.floor.process(headers, message.offset(), || {
                black_box(message.payload());
            });
        })),
        by_hand: Some(work(move || {
            let message = black_box(&*message);
            let headers = Message::headers(message).map(OwnedHeaders::as_borrowed);
            let cx = tracers.by_hand.process(message.topic(), message.partition(), message.offset(), headers);
            {
                let _active = cx.clone().attach();
                black_box(message.payload());
            }
            cx.span().end();
        })),
        ours: work(move || {
            let got = client.receive(black_box(&*same));
            ours::process(&got, |message| {
                black_box(message.payload());
            });
        }),
        goals,
        is_heavy: false,
    }
}

/// A hundred messages of one partition in one span, with a link to each that says which offset the message has.
fn batch_case() -> Case {
    let tracers = Rc::new(Tracers::discarding(Mode::Sampled));
    let client = Client::new(&tracers.ours);
    let floor = Rc::clone(&tracers);
    let messages = Rc::new(batch(Mode::Sampled));
    let (same, least) = (Rc::clone(&messages), Rc::clone(&messages));
    Case {
        group: GROUP,
        name: "receive + process a batch of 100",
        floor: Some(work(move || {
            let headers = least
                .iter()
                .map(|message| (Message::headers(message).map(OwnedHeaders::as_borrowed), message.offset()));
            floor.floor.process_batch(headers, || {
                black_box(&least);
            });
        })),
        by_hand: Some(work(move || {
            let headers = messages.iter().map(|message| {
                let headers = Message::headers(message).map(OwnedHeaders::as_borrowed);
                (headers, message.partition(), message.offset())
            });
            let cx = tracers.by_hand.process_batch(TOPIC, headers);
            {
                let _active = cx.clone().attach();
                black_box(&messages);
            }
            cx.span().end();
        })),
        ours: work(move || {
            let batch: Vec<_> = same.iter().map(|message| client.receive(message)).collect();
            client.process_batch(&batch, || {
                black_box(&batch);
            });
        }),
        goals: Goals {
            allocations: Some(goals::BATCH_ALLOCATIONS),
            instructions: goals::BATCH_INSTRUCTIONS,
            ..Goals::default()
        },
        is_heavy: false,
    }
}

/// What a sender of this mode sent.
pub(crate) fn message(mode: Mode) -> OwnedMessage {
    message_with(traceparent(mode), 42)
}

/// What a sender of this mode sent, each by a span of its own.
pub(crate) fn batch(mode: Mode) -> Vec<OwnedMessage> {
    let of_one = traceparent(mode);
    // Two digits of the span's id, which two digits of flags follow.
    let at = of_one.len() - 5;
    (0..BATCH)
        .map(|number| {
            let mut traceparent = of_one.to_owned();
            traceparent.replace_range(at..at + 2, &format!("{number:02}"));
            message_with(&traceparent, i64::try_from(number).unwrap_or_default())
        })
        .collect()
}

/// What a sender of sampled spans sent by the span of this id.
pub(crate) fn message_of(span_id: u64) -> OwnedMessage {
    message_with(&format!("00-0af7651916cd43dd8448eb211c80319c-{span_id:016x}-01"), 42)
}

/// What a sender of sampled spans sent to a topic.
pub(crate) fn message_to(topic: &str) -> OwnedMessage {
    message_of_topic(topic, TRACEPARENT, 42)
}

fn message_with(traceparent: &str, offset: i64) -> OwnedMessage {
    message_of_topic(TOPIC, traceparent, offset)
}

fn message_of_topic(topic: &str, traceparent: &str, offset: i64) -> OwnedMessage {
    let headers = OwnedHeaders::new().insert(Header { key: "traceparent", value: Some(traceparent) });
    OwnedMessage::new(
        Some(vec![b'x'; 100]),
        None,
        topic.to_owned(),
        Timestamp::NotAvailable,
        PARTITION,
        offset,
        Some(headers),
    )
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;
    use crate::keep::{Keep, said};

    #[test]
    fn all_sides_make_the_same_span() {
        let kept = Keep::default();
        let tracers = Tracers::new(Mode::Sampled, || {
            SdkTracerProvider::builder().with_span_processor(kept.clone()).build()
        });
        let client = Client::new(&tracers.ours);
        let message = message(Mode::Sampled);
        let of_message = Message::headers(&message).map(OwnedHeaders::as_borrowed);
        let active = around(Mode::Sampled).attach();
        drop(tracers.floor.send(&mut None));
        tracers.by_hand.send(TOPIC, PARTITION, &mut None).span().end();
        client.send(TOPIC, PARTITION, &mut None);
        drop(active);
        tracers.floor.process(of_message, 42, || ());
        tracers.by_hand.process(TOPIC, PARTITION, 42, of_message).span().end();
        ours::process(&client.receive(&message), |_| ());
        let batch = batch(Mode::Sampled);
        let headers = || batch.iter().map(|each| Message::headers(each).map(OwnedHeaders::as_borrowed));
        let offsets = || batch.iter().map(Message::offset);
        tracers.floor.process_batch(headers().zip(offsets()), || ());
        let places = headers().zip(offsets()).map(|(headers, offset)| (headers, PARTITION, offset));
        tracers.by_hand.process_batch(TOPIC, places).span().end();
        client.process_batch(&batch.iter().map(|each| client.receive(each)).collect::<Vec<_>>(), || ());

        let spans = kept.spans();
        assert_eq!(spans.len(), 9);
        for sides in spans.chunks(3) {
            let [floor, by_hand, ours] = sides else { panic!("three sides") };
            assert_eq!(said(floor), said(ours));
            assert_eq!(said(by_hand), said(ours));
        }
    }
}
