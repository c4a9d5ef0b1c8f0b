//! One traced send and one traced receive with its handling, without a broker: the span, its attributes and the headers.
//!
//! Eight attributes on a send and ten on a process span, on either side. tracehop's tracer is the default one, which looks
//! for baggage too; by hand only trace context is propagated.

use std::hint::black_box;
use std::rc::Rc;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TraceState};
use rdkafka::Timestamp;
use rdkafka::message::{Header, Message, OwnedHeaders, OwnedMessage};
use tracehop::{Carrier, ClientFacts, ClientTracer, Destination, Inbound, MessageInfo};
use tracehop_kafka::{Kafka, KafkaHeadersMut};

use crate::case::{Case, Goals, work, work_in};
use crate::codec::{TRACEPARENT, span_context};
use crate::goals;
use crate::headers::{look_up, put_constant};
use crate::provider::{Mode, Tracers};

const TOPIC: &str = "orders";
const PARTITION: i32 = 3;
const BATCH: usize = 100;
const GROUP: &str = "One hop without a broker; the floor is one constant header, or one lookup";

pub(crate) fn cases() -> Vec<Case> {
    let sends = Mode::ALL.into_iter().map(send_case);
    sends.chain(Mode::ALL.into_iter().map(receive_case)).chain([batch_case()]).collect()
}

fn client(tracers: &Tracers) -> ClientTracer<Kafka> {
    let facts =
        ClientFacts::default().client_id("checkout-1").consumer_group("checkout").server("kafka-1", 9092);
    ClientTracer::new(&tracers.ours, facts)
}

fn send_case(mode: Mode) -> Case {
    let tracers = Tracers::discarding(mode);
    let client = client(&tracers);
    let active = match mode {
        Mode::NoSdk => Context::new(),
        _ => Context::new().with_remote_span_context(span_context(mode == Mode::Sampled, TraceState::NONE)),
    };
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
                time: Some(goals::UNSAMPLED_TIME),
                allocations: Some(goals::UNSAMPLED_ALLOCATIONS),
                all_allocations: Some(goals::UNSAMPLED_ALLOCATIONS),
                ..Goals::default()
            },
        ),
        Mode::Sampled => (
            "send, sampled",
            Goals {
                time: Some(goals::SAMPLED_SEND_TIME),
                allocations: Some(goals::SAMPLED_SEND_ALLOCATIONS),
                all_allocations: Some(goals::SAMPLED_SEND_ALL_ALLOCATIONS),
                ..Goals::default()
            },
        ),
    };
    Case {
        group: GROUP,
        name,
        floor: Some(work(put_constant)),
        by_hand: work_in(active.clone(), move || {
            let mut headers = None;
            let cx = tracers.by_hand.send(black_box(TOPIC), PARTITION, &mut headers);
            cx.span().end();
            headers
        }),
        ours: work_in(active, move || {
            let mut headers = None;
            let info =
                MessageInfo::to(Destination::named(black_box(TOPIC))).partition(PARTITION).body_size(100);
            client.send(&info, &mut KafkaHeadersMut(&mut headers)).end();
            headers
        }),
        goals,
    }
}

fn receive_case(mode: Mode) -> Case {
    let tracers = Tracers::discarding(mode);
    let client = client(&tracers);
    let traceparent = match mode {
        Mode::Unsampled => "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        _ => TRACEPARENT,
    };
    let message = Rc::new(message(traceparent));
    let (same, looked_up) = (Rc::clone(&message), Rc::clone(&message));
    let (name, goals) = match mode {
        Mode::NoSdk => ("receive + process, no SDK", Goals::default()),
        Mode::Unsampled => ("receive + process, parent unsampled", Goals::default()),
        Mode::Sampled => (
            "receive + process, sampled",
            Goals {
                allocations: Some(goals::SAMPLED_RECEIVE_ALLOCATIONS),
                all_allocations: Some(goals::SAMPLED_RECEIVE_ALLOCATIONS),
                ..Goals::default()
            },
        ),
    };
    Case {
        group: GROUP,
        name,
        floor: Some(work(move || Message::headers(&*looked_up).map(look_up))),
        by_hand: work(move || {
            let message = black_box(&*message);
            let headers = Message::headers(message).map(OwnedHeaders::as_borrowed);
            let cx = tracers.by_hand.process(message.topic(), message.partition(), message.offset(), headers);
            {
                let _active = cx.clone().attach();
                black_box(message.payload());
            }
            cx.span().end();
        }),
        ours: work(move || {
            let received = client.received(Got(black_box(&*same)));
            let span = received.start_process();
            span.in_scope(|| black_box(received.0.payload()));
            span.finish(&());
        }),
        goals,
    }
}

/// A hundred messages in one span, with a link to each.
fn batch_case() -> Case {
    let tracers = Tracers::discarding(Mode::Sampled);
    let client = client(&tracers);
    let messages: Rc<Vec<_>> = Rc::new((0..BATCH).map(|_| message(TRACEPARENT)).collect());
    let (same, looked_up) = (Rc::clone(&messages), Rc::clone(&messages));
    Case {
        group: GROUP,
        name: "receive + process a batch of 100",
        floor: Some(work(move || looked_up.iter().filter_map(Message::headers).map(look_up).sum::<usize>())),
        by_hand: work(move || {
            let headers =
                messages.iter().map(|message| Message::headers(message).map(OwnedHeaders::as_borrowed));
            let cx = tracers.by_hand.process_batch(TOPIC, headers);
            {
                let _active = cx.clone().attach();
                black_box(&messages);
            }
            cx.span().end();
        }),
        ours: work(move || {
            let batch: Vec<_> = same.iter().map(|message| client.received(Got(message))).collect();
            let span = client.process_batch(&batch);
            span.in_scope(|| black_box(&batch));
            span.finish(&());
        }),
        goals: Goals {
            time: Some(goals::BATCH_TIME),
            allocations: Some(goals::BATCH_ALLOCATIONS),
            ..Goals::default()
        },
    }
}

fn message(traceparent: &str) -> OwnedMessage {
    let headers = OwnedHeaders::new().insert(Header { key: "traceparent", value: Some(traceparent) });
    OwnedMessage::new(
        Some(vec![b'x'; 100]),
        None,
        TOPIC.to_owned(),
        Timestamp::NotAvailable,
        PARTITION,
        42,
        Some(headers),
    )
}

/// A message that is only pointed to, as a consumer's is.
struct Got<'a>(&'a OwnedMessage);

impl Inbound<Kafka> for Got<'_> {
    fn info(&self) -> MessageInfo<'_> {
        Inbound::info(self.0)
    }

    fn headers(&self) -> impl Carrier + '_ {
        Inbound::headers(self.0)
    }
}
