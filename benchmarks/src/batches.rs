//! A thousand messages at once; the floor is the same a thousand times for one message. A microsecond of it is a nanosecond for
//! each message.

use std::hint::black_box;
use std::rc::Rc;

use opentelemetry_sdk::trace::SdkTracerProvider;
use rdkafka::message::{Message, OwnedMessage};

use crate::case::{Case, Goals, Work, work};
use crate::discard::Discard;
use crate::ours::{self, Client, Tracer};
use crate::spans::{PARTITION, TOPIC, message_of};

/// How many messages.
const COUNT: u32 = 1_000;

const GROUP: &str = "A batch of 1,000 messages; the floor is a thousand operations of one message each";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("send 1,000 with one call", sends(), send_all(&tracer())),
        case("send 1,000 with one call, no create spans", sends(), send_all(&collapsing())),
        case("receive + process 1,000 at once, 128 links", handlings(), process_all(&tracer())),
        case("receive + process 1,000 at once, plain links", handlings(), process_all(&plain())),
        case("receive + process 1,000 at once, 1,000 links", handlings(), process_all(&linking())),
    ]
}

fn case(name: &'static str, floor: Work, ours: Work) -> Case {
    Case {
        group: GROUP,
        name,
        floor: Some(floor),
        by_hand: None,
        ours,
        goals: Goals::default(),
        is_heavy: true,
    }
}

fn provider(max_links: u32) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_max_links_per_span(max_links).with_span_processor(Discard).build()
}

fn tracer() -> Tracer {
    ours::tracer(Some(&provider(128)))
}

/// All messages carry the context of the call.
fn collapsing() -> Tracer {
    ours::collapsing(&provider(128))
}

fn plain() -> Tracer {
    ours::thrifty(&provider(128))
}

/// There is a link to each message.
fn linking() -> Tracer {
    ours::linking(&provider(COUNT), 1_000)
}

fn sends() -> Work {
    let client = Client::new(&tracer());
    work(move || {
        for _ in 0..COUNT {
            let mut headers = None;
            client.send(black_box(TOPIC), PARTITION, &mut headers);
            black_box(&headers);
        }
    })
}

fn send_all(tracer: &Tracer) -> Work {
    let client = Client::new(tracer);
    work(move || {
        client.send_all(black_box(TOPIC), PARTITION, COUNT, |headers| {
            black_box(&headers);
        });
    })
}

fn messages() -> Vec<OwnedMessage> {
    (1..=u64::from(COUNT)).map(message_of).collect()
}

fn handlings() -> Work {
    let (client, messages) = (Client::new(&tracer()), messages());
    work(move || {
        for message in &messages {
            ours::process(&client.receive(black_box(message)), |message| {
                black_box(message.payload());
            });
        }
    })
}

fn process_all(tracer: &Tracer) -> Work {
    let (client, messages) = (Client::new(tracer), Rc::new(messages()));
    work(move || {
        let batch: Vec<_> = messages.iter().map(|message| client.receive(message)).collect();
        client.process_batch(&batch, || {
            black_box(&batch);
        });
    })
}

/// For the guard of allocations.
pub(crate) fn operations() -> [(&'static str, Work); 4] {
    [
        ("send 1,000 with one call", send_all(&tracer())),
        ("send 1,000 with one call, no create spans", send_all(&collapsing())),
        ("process 1,000 at once, 128 links", process_all(&tracer())),
        ("process 1,000 at once, 1,000 links", process_all(&linking())),
    ]
}
