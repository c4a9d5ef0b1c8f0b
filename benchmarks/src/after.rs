//! What a hop costs beside its two spans: that messages are remembered for a while, what is done about one after its handler,
//! and the look for a provider while there is none.

use std::hint::black_box;
use std::rc::Rc;

use opentelemetry::KeyValue;
use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{Span as _, Status, TraceContextExt, Tracer as _, TracerProvider};
use rdkafka::message::{Header, Message, OwnedHeaders, OwnedMessage};

use crate::by_hand::{Service, copy_without_context};
use crate::case::{Case, Goals, Work, work, work_in};
use crate::fickle::Fickle;
use crate::goals;
use crate::mode::Mode;
use crate::ours::{self, Client};
use crate::provider::Tracers;
use crate::spans::{PARTITION, TOPIC, message, message_of, send_case};
use crate::traceparent::around;

const GROUP: &str = "Around a hop, without a broker; sampled if there is an SDK";

/// More messages than are remembered, so that each is new when it comes again.
const MANY: u64 = 8_192;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        receive_case(),
        process_case(),
        relay_case(),
        commit_after_case(),
        commit_inside_case(),
        process_or_case(),
        follow_up_case(),
        forward_case(),
        look_case(),
        told_case(),
        late_case(),
    ]
}

fn case(name: &'static str, floor: Option<Work>, by_hand: Option<Work>, ours: Work) -> Case {
    Case { group: GROUP, name, floor, by_hand, ours, goals: Goals::default(), is_heavy: false }
}

/// One message after the other, each by a span of its own.
struct Messages {
    all: Vec<OwnedMessage>,
    next: usize,
}

impl Messages {
    fn new() -> Self {
        Self { all: Vec::new(), next: 0 }
    }

    fn with_next<T>(&mut self, f: impl FnOnce(&OwnedMessage) -> T) -> Option<T> {
        // They are made when they are first needed: a process that counts another case does without.
        if self.all.is_empty() {
            self.all =
                (1..=MANY).map(|number| message_of(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        }
        self.next = (self.next + 1) % self.all.len();
        self.all.get(self.next).map(|message| f(black_box(message)))
    }
}

/// The floor is to read the header, by the same propagator.
fn receive_case() -> Case {
    let client = Rc::new(Client::new(&Tracers::discarding(Mode::Sampled).ours));
    let (reader, mut read, mut messages) = (Rc::clone(&client), Messages::new(), Messages::new());
    case(
        "receive, each message another",
        Some(work(move || read.with_next(|message| reader.extract(message)))),
        None,
        work(move || {
            messages.with_next(|message| {
                black_box(client.receive(message));
            })
        }),
    )
}

fn process_case() -> Case {
    let tracers = Tracers::discarding(Mode::Sampled);
    let client = Client::new(&tracers.ours);
    let (mut least, mut messages) = (Messages::new(), Messages::new());
    case(
        "receive + process, each message another",
        Some(work(move || {
            least.with_next(|message| {
                let headers = Message::headers(message).map(OwnedHeaders::as_borrowed);
                tracers.floor.process(headers, message.offset(), || {
                    black_box(message.payload());
                });
            })
        })),
        None,
        work(move || {
            messages.with_next(|message| {
                ours::process(&client.receive(message), |message| {
                    black_box(message.payload());
                });
            })
        }),
    )
}

/// A dead letter with the headers of the message that failed, sent when its handler is over and nothing is current. By hand
/// the span's context was kept, and the old header is left out of the copy; the floor has no header to leave out.
fn relay_case() -> Case {
    let tracers = Rc::new(Tracers::discarding(Mode::Sampled));
    let (least, old) = (Rc::clone(&tracers), headers_of(&message(Mode::Sampled)));
    case(
        "send a copy after the handler",
        Some(work_in(around(Mode::Sampled), move || {
            let mut headers = None;
            drop(least.floor.send(&mut headers));
            headers
        })),
        Some(work_in(around(Mode::Sampled), {
            let tracers = Rc::clone(&tracers);
            move || {
                let mut headers = Some(copy_without_context(black_box(&old).as_borrowed(), &[]));
                tracers.by_hand.send(black_box(TOPIC), PARTITION, &mut headers).span().end();
                headers
            }
        })),
        relay(Client::new(&tracers.ours)),
    )
}

/// tracehop's side of it: the message was processed before.
pub(crate) fn relay(client: Client) -> Work {
    let message = message(Mode::Sampled);
    let old = headers_of(&message);
    ours::process(&client.receive(&message), |_| ());
    work(move || {
        let mut headers = Some(black_box(&old).clone());
        client.send(black_box(TOPIC), PARTITION, &mut headers);
        headers
    })
}

/// By hand the span of processing was kept, and is current.
fn commit_case(name: &'static str, ours: impl FnOnce(Client) -> Work) -> Case {
    let tracers = Rc::new(Tracers::discarding(Mode::Sampled));
    let (least, hand, message) = (Rc::clone(&tracers), Rc::clone(&tracers), message(Mode::Sampled));
    case(
        name,
        Some(work_in(around(Mode::Sampled), move || drop(least.floor.settle(black_box(42))))),
        Some(work_in(around(Mode::Sampled), move || {
            let message = black_box(&message);
            hand.by_hand.settle(message.topic(), message.partition(), message.offset()).span().end();
        })),
        ours(Client::new(&tracers.ours)),
    )
}

fn commit_after_case() -> Case {
    commit_case("commit, after the handler", commit_after)
}

pub(crate) fn commit_after(client: Client) -> Work {
    let message = message(Mode::Sampled);
    ours::process(&client.receive(&message), |_| ());
    work(move || client.settle(black_box(&message)))
}

fn commit_inside_case() -> Case {
    commit_case("commit, inside the handler", |client| {
        let message = message(Mode::Sampled);
        Box::new(move |times| {
            ours::process(&client.receive(&message), |message| {
                for _ in 0..times {
                    client.settle(black_box(message));
                }
            });
        })
    })
}

/// The floor is the handling alone, without a failure.
fn process_or_case() -> Case {
    let tracers = Rc::new(Tracers::discarding(Mode::Sampled));
    let (least, hand) = (Rc::clone(&tracers), Rc::clone(&tracers));
    let (same, message) = (message(Mode::Sampled), message(Mode::Sampled));
    case(
        "receive + process_or, a failure taken care of",
        Some(work(move || {
            let headers = Message::headers(black_box(&same)).map(OwnedHeaders::as_borrowed);
            least.floor.process(headers, same.offset(), || ());
        })),
        Some(work(move || {
            let message = black_box(&message);
            let headers = Message::headers(message).map(OwnedHeaders::as_borrowed);
            let service = &hand.by_hand;
            let cx = service.process(message.topic(), message.partition(), message.offset(), headers);
            if let Err(error) = black_box(Err::<(), _>("card declined")) {
                let attributes = vec![
                    KeyValue::new("error.type", "card declined"),
                    KeyValue::new("reason", error.to_string()),
                ];
                cx.span().add_event("failure handled", attributes);
                cx.span().set_status(Status::Unset);
            }
            cx.span().end();
        })),
        process_or(Client::new(&tracers.ours)),
    )
}

pub(crate) fn process_or(client: Client) -> Work {
    let message = message(Mode::Sampled);
    work(move || ours::process_or(&client.receive(black_box(&message))))
}

/// By hand the context of processing was kept, and is made current for the send.
fn follow_up_case() -> Case {
    let tracers = Rc::new(Tracers::discarding(Mode::Sampled));
    let (least, hand) = (Rc::clone(&tracers), Rc::clone(&tracers));
    let (kept, same) = (around(Mode::Sampled), around(Mode::Sampled));
    case(
        "follow_up with a send",
        Some(work(move || {
            let _active = same.clone().attach();
            let mut headers = None;
            drop(least.floor.send(&mut headers));
            headers
        })),
        Some(work(move || {
            let _active = kept.clone().attach();
            let mut headers = None;
            hand.by_hand.send(black_box(TOPIC), PARTITION, &mut headers).span().end();
            headers
        })),
        follow_up(Client::new(&tracers.ours)),
    )
}

pub(crate) fn follow_up(client: Client) -> Work {
    let message = message(Mode::Sampled);
    ours::process(&client.receive(&message), |_| ());
    Box::new(move |times| {
        let got = client.receive(&message);
        for _ in 0..times {
            black_box(ours::follow_up(&got, || {
                let mut headers = None;
                client.send(black_box(TOPIC), PARTITION, &mut headers);
                headers
            }));
        }
    })
}

/// How often and why, in two headers, beside those of the message. The floor is two constant headers.
fn forward_case() -> Case {
    let (old, same) = (headers_of(&message(Mode::Sampled)), headers_of(&message(Mode::Sampled)));
    let more = [("attempts", "1"), ("reason", "card declined")];
    case(
        "headers of a message that is sent on",
        Some(work(move || {
            more.into_iter().fold(black_box(&same).clone(), |headers, (key, value)| {
                headers.insert(Header { key, value: Some(value) })
            })
        })),
        Some(work(move || copy_without_context(black_box(&old).as_borrowed(), &black_box(more)))),
        forward(Client::new(&Tracers::discarding(Mode::Sampled).ours)),
    )
}

pub(crate) fn forward(client: Client) -> Work {
    let message = message(Mode::Sampled);
    let old = headers_of(&message);
    Box::new(move |times| {
        let got = client.receive(&message);
        for _ in 0..times {
            let mut headers = Some(black_box(&old).clone());
            black_box(ours::put_forward_headers(&got, &mut headers));
            black_box(&headers);
        }
    })
}

/// An operation of which nothing comes: its cost is the look for a provider. The floor is to ask for the provider, without
/// asking whether it makes spans.
fn look_case() -> Case {
    let client = Client::new(&Tracers::discarding(Mode::NoSdk).ours);
    let message = message(Mode::NoSdk);
    case(
        "commit, no SDK",
        Some(work(global::tracer_provider)),
        Some(work(|| {
            let mut span = global::tracer("checkout").start("commit orders");
            span.end();
            span.is_recording()
        })),
        work(move || client.settle(black_box(&message))),
    )
}

/// As without an SDK, but the application says so.
fn told_case() -> Case {
    Case {
        group: GROUP,
        name: "send, no SDK and told so",
        ours: told(),
        goals: Goals {
            time: Some(goals::NO_SDK_TIME),
            allocations: Some(goals::NO_SDK_ALLOCATIONS),
            ..Goals::default()
        },
        ..send_case(Mode::NoSdk)
    }
}

pub(crate) fn told() -> Work {
    let client = Client::new(&ours::silent());
    work(move || {
        let mut headers = None;
        client.send(black_box(TOPIC), PARTITION, &mut headers);
        headers
    })
}

/// Two sends: the first finds that the tracer makes no spans any more, the second that there is one again. By hand the provider
/// is asked for a tracer each time.
fn late_case() -> Case {
    let (provider, same) = (Fickle::new(), Fickle::new());
    let client = Client::new(&ours::fickle(provider.clone()));
    case(
        "two sends, a provider that goes and comes",
        None,
        Some(work_in(around(Mode::Sampled), move || {
            let send = || {
                let mut headers = None;
                let tracer = BoxedTracer::new(Box::new(same.tracer("checkout")));
                Service::new(tracer).send(black_box(TOPIC), PARTITION, &mut headers).span().end();
                headers
            };
            same.go();
            let first = send();
            same.come();
            (first, send())
        })),
        work_in(around(Mode::Sampled), move || {
            let send = || {
                let mut headers = None;
                client.send(black_box(TOPIC), PARTITION, &mut headers);
                headers
            };
            provider.go();
            let first = send();
            provider.come();
            (first, send())
        }),
    )
}

fn headers_of(message: &OwnedMessage) -> OwnedHeaders {
    Message::headers(message).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rdkafka::message::Headers;

    use super::*;

    #[test]
    fn each_message_is_of_another_span_until_they_come_again() {
        let mut messages = Messages::new();
        let mut next = || {
            let text = |headers: &OwnedHeaders| headers.get(0).value.map(<[u8]>::to_vec);
            messages.with_next(|message| text(&headers_of(message))).flatten().unwrap()
        };
        let first = next();
        for _ in 1..MANY {
            assert_ne!(next(), first);
        }
        assert_eq!(next(), first);
    }
}
