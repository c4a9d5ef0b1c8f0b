//! Writing a context into a message that may have one.

use std::collections::BTreeSet;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tracehop::{Carrier, CreationContext, Format as Named, MessagePropagator, MessagingTracer};

use super::context::context;
use super::in_order::in_order;
use super::zero_names::is_whole;
use crate::context_names::{ContextNames, is_baggage_of_jaeger, is_name, is_of_origin};
use crate::format::Format;
use crate::formats;
use crate::input::Message;
use crate::transports::{Held, Transport};

/// One context is on the message afterwards, whatever was there; the origin of an event stays.
pub(crate) fn inject<T: Transport>(bytes: &[u8]) {
    let message = Message::read(bytes);
    let format = formats::choose(message.format);
    let tracer = MessagingTracer::builder().propagator(format.propagator.clone()).build();
    let cx = context(&message);
    let span = cx.span().span_context().clone();
    let mut headers = T::build(&message.headers);
    let before = headers.dump();
    let had_origin = has_origin(&headers);
    let result = headers.edit(&mut |carrier| tracer.inject_context(&cx, carrier));
    let after = headers.dump();
    is_whole::<T>(&message, &headers);
    if let Err(refused) = &result {
        assert!(headers.may_refuse() || format.is_binary() || !format.is_own(), "{refused}");
        // What is most important had no place: the message is sent as it was.
        if after == before {
            return;
        }
    }
    is_filtered(format, &T::build(&message.headers), &headers);
    origin_stays(format, &cx, &headers, &before, had_origin, result.is_ok());
    if span.is_valid() && format.writes_span(span.trace_id()) {
        one_stays(format, &span, &headers, result.is_ok());
    }
}

/// Baggage that is not let out is on the message only if it was there before.
fn is_filtered<T: Transport>(format: &Format, before: &T, after: &T) {
    let Some(allowed) = format.baggage_out else { return };
    let keys = |headers: &T| -> BTreeSet<String> {
        let of = |named| {
            let creation =
                MessagePropagator::builder().read([named]).build().extract(&headers.carrier()).creation;
            creation.baggage().iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>()
        };
        [Named::Baggage, Named::Jaeger].into_iter().flat_map(of).collect()
    };
    let before = keys(before);
    let leaked = keys(after).into_iter().find(|key| !allowed(key) && !before.contains(key));
    assert_eq!(leaked, None, "it is let out");
}

/// No header of another context is left.
fn one_stays<T: Transport>(format: &Format, span: &SpanContext, headers: &T, is_whole: bool) {
    let after = headers.dump();
    let aliases = headers.carrier().transport().aliases;
    let is_written = |name: &[u8]| format.written.iter().any(|written| ContextNames::of(*written).has(name));
    let is_of_others = |name: &[u8]| format.others.iter().any(|other| is_name(name, other));
    for (name, _) in &after {
        let shown = name.escape_ascii();
        // Baggage stays if there is none to replace it.
        if is_name(name, "baggage") || is_baggage_of_jaeger(name) && !format.read.contains(&Named::Jaeger) {
            continue;
        }
        if is_written(name) || is_of_others(name) {
            let spelt_alike = after.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
            assert_eq!(spelt_alike, 1, "{shown} stands more than once");
            continue;
        }
        let is_alias = format.aliases.iter().any(|alias| is_name(name, alias));
        let mut is_left = is_alias || format.read.iter().any(|read| ContextNames::of(*read).has(name));
        // Aliases of the transport are its names of `traceparent`, so that they go with that.
        let reads_text = |read: &Named| ContextNames::of(*read).has(b"traceparent");
        is_left |= format.read.iter().any(reads_text) && aliases.iter().any(|alias| is_name(name, alias));
        assert!(!is_left, "{shown} is left");
    }
    let ids = |creation: &CreationContext| (creation.trace_id(), creation.span_id());
    let read = format.of_hops.extract(&headers.carrier()).creation;
    if read.is_valid() || is_whole && format.has_span(span.trace_id()) {
        assert_eq!(ids(&read), (span.trace_id(), span.span_id()));
    }
    // Each written format by itself, also if it is not read here.
    for named in format.written.iter().copied().filter(|named| *named != Named::CloudEvents) {
        let alone = MessagePropagator::builder().read([named]).build();
        let read = alone.extract(&headers.carrier()).creation;
        assert!(
            !read.is_valid() || ids(&read) == (span.trace_id(), span.span_id()),
            "{named} tells of {read}"
        );
    }
}

/// Whether a message says anything of a span of origin, well-formed or not. A value that is null or no text says nothing.
fn has_origin<T: Transport>(headers: &T) -> bool {
    let mut has_origin = false;
    headers.carrier().for_each(&mut |name, value| {
        let is_parent = is_of_origin(name) && name.to_ascii_lowercase().ends_with(b"traceparent");
        has_origin |= is_parent && value.is_some_and(|value| !value.is_empty());
    });
    has_origin
}

/// The headers of an event's origin are the same bytes. An event without any gets that of the hop, if it is asked for.
fn origin_stays<T: Transport>(
    format: &Format,
    cx: &Context,
    headers: &T,
    before: &[Held],
    had_origin: bool,
    is_whole: bool,
) {
    let of_origin = |headers: &[Held]| -> Vec<Held> {
        let of_origin = headers.iter().filter(|(name, _)| is_of_origin(name)).cloned();
        in_order::<T>(&of_origin.collect::<Vec<_>>())
    };
    let (was, is) = (of_origin(before), of_origin(&headers.dump()));
    if !format.writes_origin() || had_origin {
        assert_eq!(is, was, "the origin stays");
    } else if is_whole && format.has_room() && cx.span().span_context().is_valid() {
        let now = format.propagator.origin(&headers.carrier());
        let expected = CreationContext::from_context(cx);
        assert_eq!((now.trace_id(), now.span_id()), (expected.trace_id(), expected.span_id()));
        assert_eq!(now.tracestate(), expected.tracestate(), "that of the span");
    }
}
