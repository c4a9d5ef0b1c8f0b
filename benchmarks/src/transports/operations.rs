//! tracehop's operations on these headers, one by one, for the guard that counts their allocations.

use std::hint::black_box;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TraceState};
use tracehop::Inbound;
use tracehop_nats::Nats;
use tracehop_rabbitmq::RabbitMq;

use super::client::{self, Client};
use super::transport::Transport;
use crate::case::{Work, work, work_in};
use crate::mode::Mode;
use crate::ours::{TraceContext, Tracer};
use crate::provider::Tracers;
use crate::traceparent::{TRACEPARENT, around, span_context, traceparent};

/// What is done with a message, by name, and the work of doing it so often.
pub(crate) fn operations() -> Vec<(String, Work)> {
    of::<RabbitMq>().into_iter().chain(of::<Nats>()).collect()
}

fn of<T: Transport>() -> Vec<(String, Work)> {
    let hops = Mode::ALL.into_iter().flat_map(|mode| {
        let tracer = || Tracers::discarding(mode).ours;
        [
            ("send", send::<T>(&tracer(), mode)),
            ("receive", receive::<T>(&tracer(), mode)),
            ("process", process::<T>(&tracer(), mode)),
        ]
        .map(|(operation, work)| (format!("{} {operation}, {}", T::LABEL, mode.name()), work))
    });
    let headers =
        [("inject", inject::<T>()), ("extract", extract::<T>(0)), ("extract among 10", extract::<T>(10))]
            .map(|(operation, work)| (format!("{} {operation}", T::LABEL), work));
    hops.chain(headers).collect()
}

pub(super) fn send<T: Transport>(tracer: &Tracer, mode: Mode) -> Work {
    let client = Client::<T>::new(tracer);
    work_in(around(mode), move || {
        let mut headers = T::Headers::default();
        client.send(&mut headers);
        headers
    })
}

/// Only to read the header: nothing handles the message.
fn receive<T: Transport>(tracer: &Tracer, mode: Mode) -> Work {
    let client = Client::<T>::new(tracer);
    let message = client.message(T::put_constant(traceparent(mode)));
    work(move || {
        black_box(client.receive(black_box(&message)));
    })
}

/// The message is received once and handled again and again.
fn process<T: Transport>(tracer: &Tracer, mode: Mode) -> Work {
    let client = Client::<T>::new(tracer);
    let message = client.message(T::put_constant(traceparent(mode)));
    Box::new(move |times| {
        let got = client.receive(&message);
        for _ in 0..times {
            client::process(&got, |message| black_box(T::payload(message).len()));
        }
    })
}

pub(super) fn receive_and_process<T: Transport>(tracer: &Tracer, mode: Mode) -> Work {
    let client = Client::<T>::new(tracer);
    let message = client.message(T::put_constant(traceparent(mode)));
    work(move || {
        let got = client.receive(black_box(&message));
        client::process(&got, |message| black_box(T::payload(message).len()));
    })
}

pub(super) fn inject<T: Transport>() -> Work {
    let ours = TraceContext::new();
    let cx = Context::new().with_remote_span_context(span_context(true, TraceState::NONE));
    work(move || {
        let mut headers = T::Headers::default();
        let result = ours.inject_into(black_box(&cx), &mut T::carrier(&mut headers));
        (headers, result)
    })
}

pub(super) fn extract<T: Transport>(users: usize) -> Work {
    let ours = TraceContext::new();
    let message = message_among::<T>(users);
    work(move || ours.extract_from(&black_box(&message).carrier()))
}

/// A message with so many headers of the user's beside the context.
pub(super) fn message_among<T: Transport>(users: usize) -> T::Message {
    let client = Client::<T>::new(&Tracers::discarding(Mode::Sampled).ours);
    let mut headers = T::put_constant(TRACEPARENT);
    for number in 0..users {
        T::put(&mut headers, &format!("user-header-{number}"), "some value");
    }
    client.message(headers)
}
