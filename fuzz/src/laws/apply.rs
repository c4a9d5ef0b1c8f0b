//! Writing a context into a message.

use opentelemetry::trace::TraceContextExt;
use tracehop::{Carrier, CreationContext, HeaderPatch};

use super::context::context;
use super::in_order::in_order;
use super::stored::{can_be_sent_on, can_be_stored, members};
use super::written_bytes::is_within;
use super::zero_names::is_whole;
use crate::formats;
use crate::input::Message;
use crate::transports::{Held, Transport};

/// Each context header then stands once, the others are as they were, and reading gives the context.
pub(crate) fn apply<T: Transport>(bytes: &[u8]) {
    let message = Message::read(bytes);
    let format = formats::choose(message.format);
    let cx = context(&message);
    let span = cx.span().span_context().clone();
    let (mut patch, _) = format.propagator.patch(&span, &cx);
    is_within(format, &patch);
    let mut headers = T::build(&message.headers);
    patch.remove_aliases(headers.carrier().transport().aliases);
    let before = headers.dump();
    if let Err(refused) = headers.apply(&patch) {
        assert!(headers.may_refuse() || format.is_binary() || !format.is_own(), "{refused}");
        assert_eq!(headers.dump(), before, "a refused patch changes nothing");
        return;
    }
    let after = headers.dump();
    is_applied::<T>(&patch, &before, &after);

    is_whole::<T>(&message, &headers);

    let read = format.of_hops.extract(&headers.carrier()).creation;
    if span.is_valid() && format.has_span(span.trace_id()) {
        assert_eq!((read.trace_id(), read.span_id()), (span.trace_id(), span.span_id()));
    }
    if format.is_default {
        let expected = CreationContext::from_context(&cx);
        if span.is_valid() {
            assert_eq!(read.tracestate(), expected.tracestate());
            assert_eq!(read.is_sampled(), expected.is_sampled());
        }
        // Without a span, what is written does not belong to a context that stays there.
        if span.is_valid() && patch.owns(b"baggage") {
            assert_eq!(members(&read), members(&expected));
            assert_eq!(read, expected);
        }
        if span.is_valid() {
            can_be_stored(&expected);
            can_be_sent_on(&expected);
        }
    }
    headers.apply(&patch).expect("it was taken a moment ago");
    assert_eq!(in_order::<T>(&headers.dump()), in_order::<T>(&after), "a second time changes nothing");
}

/// What a patch makes of headers.
pub(super) fn is_applied<T: Transport>(patch: &HeaderPatch, before: &[Held], after: &[Held]) {
    let is_foreign = |(name, _): &&Held| !patch.owns(name);
    let foreign = |headers: &[Held]| -> Vec<Held> { headers.iter().filter(is_foreign).cloned().collect() };
    assert_eq!(
        in_order::<T>(&foreign(after)),
        in_order::<T>(&foreign(before)),
        "other headers are as they were"
    );
    let written: Vec<Held> =
        patch.headers().map(|(name, value)| (name.into(), Some(value.to_vec()))).collect();
    let owned: Vec<Held> = after.iter().filter(|(name, _)| patch.owns(name)).cloned().collect();
    assert_eq!(in_order::<T>(&owned), in_order::<T>(&written), "what is written stands once");
}
