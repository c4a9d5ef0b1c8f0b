//! The rows of the table.

use std::hint::black_box;
use std::rc::Rc;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TraceState};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracehop_nats::Nats;
use tracehop_rabbitmq::RabbitMq;

use super::client::Client;
use super::least::Least;
use super::operations::{self, message_among};
use super::service::{Get, Put, Service};
use super::transport::{Row, Transport};
use crate::case::{Case, Goals, work, work_in};
use crate::mode::Mode;
use crate::provider::Tracers;
use crate::traceparent::{TRACEPARENT, around, span_context, traceparent};

pub(crate) fn cases() -> Vec<Case> {
    of::<RabbitMq>().into_iter().chain(of::<Nats>()).collect()
}

fn of<T: Transport>() -> Vec<Case> {
    let headers =
        [inject::<T>(), extract::<T>(0, "extract"), extract::<T>(10, "extract, 10 user headers beside it")];
    let hops = Mode::ALL.into_iter().map(send::<T>).chain(Mode::ALL.into_iter().map(receive::<T>));
    headers
        .into_iter()
        .chain(hops)
        // Counts are told to the table by name, so a name is that of one broker.
        .map(|case| Case { name: format!("{} {}", T::LABEL, case.name).leak(), ..case })
        .collect()
}

fn inject<T: Transport>() -> Case {
    let cx = Context::new().with_remote_span_context(span_context(true, TraceState::NONE));
    let propagator = TraceContextPropagator::new();
    Case {
        group: T::HEADERS_GROUP,
        name: "inject",
        floor: Some(work(|| T::put_constant(black_box(TRACEPARENT)))),
        by_hand: Some(work(move || {
            let mut headers = T::Headers::default();
            propagator.inject_context(black_box(&cx), &mut Put::<T>(&mut headers));
            headers
        })),
        ours: operations::inject::<T>(),
        goals: T::goals(Row::Inject),
        is_heavy: false,
    }
}

fn extract<T: Transport>(users: usize, name: &'static str) -> Case {
    let (least, hand) = (message_among::<T>(users), message_among::<T>(users));
    Case {
        group: T::HEADERS_GROUP,
        name,
        floor: Some(work(move || T::look_up(black_box(&least), "traceparent").map(str::len))),
        by_hand: Some(work(move || {
            let message = Get::<T>(black_box(&hand));
            TraceContextPropagator::new().extract_with_context(&Context::new(), &message)
        })),
        ours: operations::extract::<T>(users),
        goals: if users == 0 { T::goals(Row::Extract) } else { Goals::default() },
        is_heavy: false,
    }
}

fn send<T: Transport>(mode: Mode) -> Case {
    let tracers = Tracers::discarding(mode);
    let (least, hand) = (Least::<T>::new(mode, tracers.sdk()), Service::<T>::new(tracers.boxed()));
    Case {
        group: T::HOPS_GROUP,
        name: match mode {
            Mode::NoSdk => "send, no SDK",
            Mode::Unsampled => "send, parent unsampled",
            Mode::Sampled => "send, sampled",
        },
        floor: Some(work_in(around(mode), move || {
            let mut headers = T::Headers::default();
            drop(least.send(&mut headers));
            headers
        })),
        by_hand: Some(work_in(around(mode), move || {
            let mut headers = T::Headers::default();
            hand.send(black_box(T::DESTINATION), &mut headers).span().end();
            headers
        })),
        ours: operations::send::<T>(&tracers.ours, mode),
        goals: T::goals(Row::Send(mode)),
        is_heavy: false,
    }
}

fn receive<T: Transport>(mode: Mode) -> Case {
    let tracers = Tracers::discarding(mode);
    let (least, hand) = (Least::<T>::new(mode, tracers.sdk()), Service::<T>::new(tracers.boxed()));
    let message = Client::<T>::new(&tracers.ours).message(T::put_constant(traceparent(mode)));
    let message = Rc::new(message);
    let same = Rc::clone(&message);
    Case {
        group: T::HOPS_GROUP,
        name: match mode {
            Mode::NoSdk => "receive + process, no SDK",
            Mode::Unsampled => "receive + process, parent unsampled",
            Mode::Sampled => "receive + process, sampled",
        },
        floor: Some(work(move || {
            let message = black_box(&*same);
            least.process(message, || black_box(T::payload(message).len()));
        })),
        by_hand: Some(work(move || {
            let message = black_box(&*message);
            let cx = hand.process(T::DESTINATION, message);
            {
                let _active = cx.clone().attach();
                black_box(T::payload(message).len());
            }
            cx.span().end();
        })),
        ours: operations::receive_and_process::<T>(&tracers.ours, mode),
        goals: T::goals(Row::Receive(mode)),
        is_heavy: false,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;
    use crate::keep::{Keep, said};
    use crate::transports::client;

    fn all_sides_make_the_same_span<T: Transport>() {
        let kept = Keep::default();
        let tracers = Tracers::new(Mode::Sampled, || {
            SdkTracerProvider::builder().with_span_processor(kept.clone()).build()
        });
        let least = Least::<T>::new(Mode::Sampled, tracers.sdk());
        let hand = Service::<T>::new(tracers.boxed());
        let ours = Client::<T>::new(&tracers.ours);
        let message = ours.message(T::put_constant(TRACEPARENT));
        let active = around(Mode::Sampled).attach();
        drop(least.send(&mut T::Headers::default()));
        hand.send(T::DESTINATION, &mut T::Headers::default()).span().end();
        ours.send(&mut T::Headers::default());
        drop(active);
        least.process(&message, || ());
        hand.process(T::DESTINATION, &message).span().end();
        client::process(&ours.receive(&message), |_| ());

        let spans = kept.spans();
        assert_eq!(spans.len(), 6);
        for sides in spans.chunks(3) {
            let [floor, by_hand, ours] = sides else { panic!("three sides") };
            assert_eq!(said(floor), said(ours));
            assert_eq!(said(by_hand), said(ours));
        }
    }

    #[test]
    fn all_sides_make_the_same_span_on_rabbitmq() {
        all_sides_make_the_same_span::<RabbitMq>();
    }

    #[test]
    fn all_sides_make_the_same_span_on_nats() {
        all_sides_make_the_same_span::<Nats>();
    }
}
