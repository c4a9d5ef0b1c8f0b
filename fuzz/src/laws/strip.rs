//! Sending a message to somebody who is to see no context.

use tracehop::{Carrier, CreationContext, Format as Named, MessagePropagator, MessagingTracer};

use super::in_order::in_order;
use super::zero_names::is_whole;
use crate::context_names::{is_name, is_of_any};
use crate::format::Format;
use crate::formats;
use crate::input::Message;
use crate::transports::{Held, Transport};

/// Nobody finds a context afterwards, and the other headers are as they were.
pub(crate) fn strip<T: Transport>(bytes: &[u8]) {
    let message = Message::read(bytes);
    let format = formats::choose(message.format);
    let tracer = MessagingTracer::builder().propagator(format.propagator.clone()).build();
    let mut headers = T::build(&message.headers);
    let before = headers.dump();
    headers.edit(&mut |carrier| tracer.strip(carrier)).expect("nothing is written");
    let after = headers.dump();

    let aliases = headers.carrier().transport().aliases;
    let is_context = |name: &[u8]| {
        let mut all = format.aliases.iter().chain(aliases).copied();
        is_of_any(name)
            || all.any(|alias| is_name(name, alias))
            || format.others.iter().any(|other| is_name(name, other))
    };
    let kept: Vec<Held> = before.into_iter().filter(|(name, _)| !is_context(name)).collect();
    assert_eq!(in_order::<T>(&after), in_order::<T>(&kept));
    is_whole::<T>(&message, &headers);
    has_no_context(format, &headers);
}

fn has_no_context<T: Transport>(format: &Format, headers: &T) {
    let carrier = headers.carrier();
    let all = MessagePropagator::builder().read(Named::ALL);
    let all = format.aliases.iter().fold(all, |builder, alias| builder.alias(*alias)).build();
    for propagator in [&all, &format.propagator] {
        let found = propagator.extract(&carrier);
        assert_eq!(found.creation, CreationContext::NONE);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        assert_eq!(propagator.origin(&carrier), CreationContext::NONE);
    }
}
