//! What every carrier must do, whatever the values mean.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::Injector;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue, StringValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracehop::{CreationContext, HeaderPatch, MessagePropagator};

use super::carrier_under_test::CarrierUnderTest;
use super::prefix::PrefixPropagator;
use super::shared::{
    CONTEXT_HEADERS, apply, build, comparable, dump, foreign, full_context, full_headers, patch, shortened,
    span_context, text, values,
};
use crate::Header;
use crate::corpus;
use crate::vectors::{SPAN_ID, TRACE_ID};

/// Headers come out as they went in.
///
/// # Panics
///
/// Panics if a header is lost, changed or out of order, or if the transport can hold no header at all.
#[track_caller]
pub fn round_trip<C: CarrierUnderTest>() {
    let headers = foreign::<C>();
    assert!(!headers.is_empty(), "a carrier that can hold no header carries nothing");
    assert_eq!(dump(&build::<C>(&headers)), comparable::<C>(headers));
}

/// [`for_each`](tracehop::Carrier::for_each) shows each header in order, nulls too. Values are found by exact name, oldest first,
/// without nulls.
///
/// # Panics
///
/// Panics if a header or a value is missing, changed or out of order, or if a value is found under another name.
#[track_caller]
pub fn lookup<C: CarrierUnderTest>() {
    let headers = foreign::<C>();
    let carrier = build::<C>(&headers);
    for (name, _) in &headers {
        let name = text(name);
        let expected: Vec<Vec<u8>> = headers
            .iter()
            .filter(|(key, _)| text(key) == name)
            .filter_map(|(_, value)| value.clone())
            .collect();
        assert_eq!(values(&carrier, name), expected, "values under {name:?}");
        let other_case = name.to_ascii_uppercase();
        if !headers.iter().any(|(key, _)| text(key) == other_case) {
            assert_eq!(values(&carrier, &other_case), Vec::<Vec<u8>>::new(), "values under {other_case:?}");
        }
    }
    assert_eq!(values(&carrier, "absent"), Vec::<Vec<u8>>::new());
    let mut walked: Vec<Header> = Vec::new();
    carrier.for_each(&mut |name, value| walked.push((name.to_vec(), value.map(<[u8]>::to_vec))));
    assert_eq!(comparable::<C>(walked), dump(&carrier), "the headers that the walk shows");
}

/// A patch applies to a message without headers, and so does one that changes nothing.
///
/// # Panics
///
/// Panics if a patch is refused, if the headers are not those of the patch, or if an empty patch adds a header.
#[track_caller]
pub fn empty<C: CarrierUnderTest>() {
    let mut carrier = build::<C>(&[]);
    apply(&mut carrier, &HeaderPatch::default());
    assert_eq!(dump(&carrier), [""; 0]);
    let cx = full_context(1);
    apply(&mut carrier, &patch(&cx));
    assert_eq!(dump(&carrier), comparable::<C>(full_headers(1)));
}

/// Context headers in any letter case are replaced, null or not. All other headers keep their places and bytes.
///
/// # Panics
///
/// Panics if a stale context header is left, or if another header is lost, changed or out of order.
#[track_caller]
pub fn replacement<C: CarrierUnderTest>() {
    let stale =
        [("TraceParent", Some("garbage")), ("TRACESTATE", Some("x=1")), ("Baggage", None), ("baggage", None)]
            .map(|(name, value): (&str, Option<&str>)| (name.into(), value.map(Into::into)))
            .into_iter()
            .filter(|header| C::build(std::slice::from_ref(header)).is_some());
    let foreign = foreign::<C>();
    let (before, after) = foreign.split_at(foreign.len() / 2);
    let headers: Vec<Header> = before.iter().cloned().chain(stale).chain(after.iter().cloned()).collect();
    let mut carrier = build::<C>(&headers);
    apply(&mut carrier, &patch(&full_context(1)));
    assert_eq!(dump(&carrier), comparable::<C>([foreign, full_headers(1)].concat()));
}

/// After ten hops each context header is there once, and every foreign header byte-identical in order.
///
/// # Panics
///
/// Panics if a context header is there twice or is not that of the last hop, or if another header is lost, changed or out
/// of order.
#[track_caller]
pub fn republish<C: CarrierUnderTest>() {
    let foreign = foreign::<C>();
    let mut headers = foreign.clone();
    for hop in 1..=10 {
        let mut carrier = build::<C>(&headers);
        apply(&mut carrier, &patch(&full_context(hop)));
        headers = carrier.dump();
        let expected = comparable::<C>([foreign.clone(), full_headers(hop)].concat());
        assert_eq!(comparable::<C>(headers.clone()), expected, "the headers of hop {hop}");
        let read = MessagePropagator::default().extract(&build::<C>(&headers));
        assert_eq!(read.creation.span_id(), SpanId::from(hop), "the span of hop {hop}");
        assert!(read.problems.is_empty(), "hop {hop}: {:?}", read.problems);
    }
}

/// A patch that the transport refuses leaves the headers unchanged. A patch that it takes is applied whole.
///
/// # Panics
///
/// Panics if headers are lost, if only a part of a patch is applied, or if the carrier panics.
#[track_caller]
pub fn refusal<C: CarrierUnderTest>() {
    let long = "n".repeat(70_000);
    for (name, value) in [
        ("a\r\nb", "1"),
        ("a:b", "1"),
        ("a\0b", "1"),
        ("", "1"),
        ("ä", "1"),
        (&long, "1"),
        ("a", "1\r\nb: 2"),
        ("a", "1\0"),
        ("a", "é"),
        ("a", &long),
    ] {
        let headers = [foreign::<C>(), full_headers(1)].concat();
        let mut carrier = build::<C>(&headers);
        let mut patch = patch(&full_context(2));
        patch.set(name, value.to_owned());
        let expected = match carrier.apply(&patch) {
            Ok(()) => {
                let set = (name.as_bytes().to_vec(), Some(value.as_bytes().to_vec()));
                [foreign::<C>(), full_headers(2), vec![set]].concat()
            }
            Err(_) => headers,
        };
        let (name, value) = (shortened(name), shortened(value));
        assert_eq!(dump(&carrier), comparable::<C>(expected), "after {name:?} was set to {value:?}");
    }
}

/// An empty `tracestate` or `baggage` is never written, and a stale `tracestate` does not stay behind.
///
/// # Panics
///
/// Panics if there is any header but the `traceparent`, or if that is not as expected.
#[track_caller]
pub fn no_empty_headers<C: CarrierUnderTest>() {
    let stale = vec![("tracestate".into(), Some("stale=1".into()))];
    for headers in [Vec::new(), stale] {
        let mut carrier = build::<C>(&headers);
        let span = span_context(7, TraceFlags::SAMPLED, TraceState::NONE);
        apply(&mut carrier, &patch(&Context::new().with_remote_span_context(span)));
        let expected = format!("traceparent: 00-{TRACE_ID}-0000000000000007-01");
        assert_eq!(dump(&carrier), [expected]);
    }
}

/// An unsampled context is written like a sampled one, except for the flag.
///
/// # Panics
///
/// Panics if the two differ in anything but the flag, or if the flag that is read back is wrong.
#[track_caller]
pub fn unsampled<C: CarrierUnderTest>() {
    let written = |flags: TraceFlags| {
        let mut carrier = build::<C>(&foreign::<C>());
        let cx = full_context(1);
        let span = span_context(1, flags, cx.span().span_context().trace_state().clone());
        apply(&mut carrier, &patch(&cx.with_remote_span_context(span)));
        let creation = MessagePropagator::default().extract(&carrier).creation;
        assert_eq!(creation.is_sampled(), flags.is_sampled());
        let mut headers = carrier.dump();
        for (_, value) in headers.iter_mut().filter(|(name, _)| name == b"traceparent") {
            value.as_mut().expect("it was written").truncate("00-".len() + 32 + "-".len() + 16);
        }
        comparable::<C>(headers)
    };
    assert_eq!(written(TraceFlags::NOT_SAMPLED), written(TraceFlags::SAMPLED));
}

/// Hostile headers do not make any propagator panic. The one valid context that is there is found, or none if there is
/// none. A context that is written over hostile headers is read back.
///
/// # Panics
///
/// Panics if the carrier or a propagator panics, if a valid context is not found, if one is found where none is, or if the
/// context that was written is not the only one afterwards.
#[track_caller]
pub fn hostile<C: CarrierUnderTest>() {
    let every_propagator =
        MessagePropagator::builder().other(TraceContextPropagator::new()).other(PrefixPropagator).build();
    for hostile in corpus::hostile() {
        let Some(mut carrier) = C::build(&hostile.headers) else {
            println!("not representable: {}", hostile.name);
            continue;
        };
        let creation = MessagePropagator::default().extract(&carrier).creation;
        let expected = hostile.has_context.then(|| (TRACE_ID.to_owned(), SPAN_ID.to_owned()));
        let found =
            creation.is_valid().then(|| (creation.trace_id().to_string(), creation.span_id().to_string()));
        assert_eq!(found, expected, "the context found in {}: {}", hostile.name, hostile.reason);
        let _ = every_propagator.extract(&carrier);

        apply(&mut carrier, &patch(&full_context(1)));
        let read = MessagePropagator::default().extract(&carrier);
        assert_eq!(read.creation.span_id(), SpanId::from(1), "the context written over {}", hostile.name);
        assert!(read.problems.is_empty(), "over {}: {:?}", hostile.name, read.problems);
        for name in CONTEXT_HEADERS {
            assert_eq!(values(&carrier, name).len(), 1, "{name} headers written over {}", hostile.name);
        }
    }
}

/// The SDK's own propagator writes and reads over the carrier, as any OpenTelemetry propagator does.
///
/// # Panics
///
/// Panics if the headers that it writes are not as expected, or if it does not read the context that it wrote.
#[track_caller]
pub fn sdk_propagator<C: CarrierUnderTest>() {
    let propagator =
        MessagePropagator::builder().read([]).write([]).other(TraceContextPropagator::new()).build();
    let cx = full_context(3);
    let mut carrier = build::<C>(&[foreign::<C>(), full_headers(1)].concat());
    let (patch, _) = propagator.patch(cx.span().span_context(), &cx);
    apply(&mut carrier, &patch);
    let written = &full_headers(3)[..2];
    for (name, value) in written {
        assert_eq!(values(&carrier, text(name)), value.iter().cloned().collect::<Vec<_>>());
    }
    let read = propagator.extract(&carrier).creation;
    assert_eq!(
        read,
        CreationContext::from_context(
            &Context::new().with_remote_span_context(cx.span().span_context().clone())
        )
    );
}

/// A propagator that searches the names of headers by prefix finds what it wrote.
///
/// # Panics
///
/// Panics if a header is not written, or if the propagator does not find all headers that it wrote.
#[track_caller]
pub fn prefix_propagator<C: CarrierUnderTest>() {
    let propagator = MessagePropagator::builder().read([]).write([]).other(PrefixPropagator).build();
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a"), KeyValue::new("user", "b")]);
    let mut carrier = build::<C>(&foreign::<C>());
    let (patch, _) = propagator.patch(&SpanContext::NONE, &cx);
    apply(&mut carrier, &patch);
    assert_eq!(values(&carrier, "uberctx-tenant"), [b"a"]);
    let baggage = propagator.extract(&carrier).creation.baggage();
    let value = |key| baggage.get(key).map(StringValue::as_str);
    assert_eq!((baggage.len(), value("tenant"), value("user")), (2, Some("a"), Some("b")));
}
