//! Sending a message on.

use opentelemetry::trace::noop::NoopTracerProvider;
use tracehop::{Carrier, CreationContext, MessagingTracer};

use super::apply::is_applied;
use super::in_order::in_order;
use super::mail::{Letter, Mail};
use super::zero_names::is_whole;
use crate::context_names::is_of_origin;
use crate::formats;
use crate::input::Message;
use crate::transports::{Held, Transport};

const MAX_COUNT: u32 = 999_999;
const MAX_REASON: usize = 256;

/// The copy counts one more, says why in bounded text, and has no context of its own.
pub(crate) fn forward<T: Transport>(bytes: &[u8]) {
    let message = Message::read(bytes);
    let format = formats::choose(message.format);
    let tracer = MessagingTracer::builder()
        .tracer_provider(NoopTracerProvider::new())
        .propagator(format.propagator.clone())
        .build();
    let received = tracer.receive::<Mail, _>(Letter(T::build(&message.headers)));
    let attempts = received.attempts_before();
    assert!(attempts <= MAX_COUNT);
    let reason = message.headers.first().map(|header| String::from_utf8_lossy(&header.value));
    let patch = received.forward_headers(&*reason.unwrap_or_default());
    for (_, value) in patch.headers() {
        let value = std::str::from_utf8(value).expect("it is text");
        assert!(value.len() <= MAX_REASON && !value.contains(char::is_control), "{value:?}");
    }

    let mut copy = T::build(&message.headers);
    let before = copy.dump();
    if let Err(refused) = copy.apply(&patch) {
        assert!(copy.may_refuse(), "{refused}");
        return;
    }
    is_applied::<T>(&patch, &before, &copy.dump());
    is_whole::<T>(&message, &copy);
    let left = format.of_hops.extract(&copy.carrier()).creation;
    assert_eq!(left, CreationContext::NONE);
    let of_origin = |headers: &[Held]| -> Vec<Held> {
        let of_origin = headers.iter().filter(|(name, _)| is_of_origin(name)).cloned();
        in_order::<T>(&of_origin.collect::<Vec<_>>())
    };
    assert_eq!(of_origin(&copy.dump()), of_origin(&before), "the origin of an event stays");
    let mut counts = Vec::new();
    copy.carrier().values("tracehop-attempts", &mut |value| counts.push(value.to_vec()));
    assert_eq!(counts, [(attempts + 1).min(MAX_COUNT).to_string().into_bytes()]);
    let again = tracer.receive::<Mail, _>(Letter(copy));
    assert_eq!(again.attempts_before(), (attempts + 1).min(MAX_COUNT));
}
