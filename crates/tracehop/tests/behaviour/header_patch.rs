//! Header patches: what one hop writes, and the names under which nothing else may remain.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::Injector;
use opentelemetry::trace::TraceContextExt;
use tracehop::{
    Carrier, CarrierError, CarrierErrorKind, CarrierMut, CreationContext, Format, HeaderPatch, MemoryHeaders,
    MessagePropagator, MessagingTracer, Problem, Room,
};

use crate::mail::{TRACEPARENT, headers_of};
use crate::propagators::Postmark;

const POSTMARK: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0";

/// The patch for a context: `traceparent`, `tracestate` and baggage, or as much of them as there is.
fn patch_of(propagator: &MessagePropagator, line: &str) -> HeaderPatch {
    let cx = line.parse::<CreationContext>().unwrap().to_context();
    propagator.patch(cx.span().span_context(), &cx).0
}

/// What a patch writes, as `name: value`.
fn headers(patch: &HeaderPatch) -> Vec<String> {
    patch.headers().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value))).collect()
}

fn names(patch: &HeaderPatch) -> Vec<&str> {
    patch.names().collect()
}

fn injected<const N: usize>(headers: [(&str, &str); N]) -> HeaderPatch {
    let mut patch = HeaderPatch::default();
    for (name, value) in headers {
        patch.set(name, value.to_owned());
    }
    patch
}

#[test]
fn a_patch_writes_what_there_is_and_owns_the_names() {
    let w3c = MessagePropagator::default;
    let beside = || MessagePropagator::builder().other(Postmark).build();
    let traceparent = format!("traceparent: {TRACEPARENT}");
    let traceparent = traceparent.as_str();
    let postmark = format!("postmark: {POSTMARK}");
    let postmark = postmark.as_str();
    for (propagator, line, written, owned, reason) in [
        (w3c(), "", &[][..], &[][..], "nothing to write"),
        (w3c(), TRACEPARENT, &[traceparent], &["traceparent", "tracestate"], "a tracestate goes with it"),
        (
            w3c(),
            &format!("{TRACEPARENT};tracestate=vendor=1"),
            &[traceparent, "tracestate: vendor=1"],
            &["traceparent", "tracestate"],
            "a tracestate",
        ),
        (
            w3c(),
            &format!("{TRACEPARENT};baggage=tenant=a"),
            &[traceparent, "baggage: tenant=a"],
            &["traceparent", "tracestate", "baggage"],
            "baggage",
        ),
        (w3c(), ";baggage=tenant=a", &["baggage: tenant=a"], &["baggage"], "baggage alone"),
        (
            beside(),
            TRACEPARENT,
            &[traceparent, postmark],
            &["traceparent", "tracestate", "postmark"],
            "another format beside",
        ),
        (beside(), "", &[], &["postmark"], "what another format does not write now is removed"),
    ] {
        let patch = patch_of(&propagator, line);
        assert_eq!(headers(&patch), written, "{reason}");
        assert_eq!(names(&patch), owned, "{reason}");
        let others: Vec<_> = owned.iter().filter(|name| **name == "postmark").collect();
        assert_eq!(patch.other_names().collect::<Vec<_>>(), others.into_iter().copied().collect::<Vec<_>>());
        assert_eq!(patch.is_empty(), owned.is_empty(), "{reason}");
        for name in ["traceparent", "tracestate", "baggage", "postmark", "tenant", ""] {
            assert_eq!(patch.owns(name.as_bytes()), owned.contains(&name), "{name:?}: {reason}");
            assert_eq!(
                patch.owns(name.to_uppercase().as_bytes()),
                owned.contains(&name),
                "{name:?}: {reason}"
            );
        }
    }
}

#[test]
fn what_a_patch_owns_is_replaced_or_removed_and_nothing_else_changes() {
    let before = [
        ("Traceparent", "00-old"),
        ("tenant", "a"),
        ("TRACESTATE", "old=1"),
        ("baggage", "old=1"),
        ("tag", "1"),
        ("postmark", "old"),
        ("tag", "2"),
    ];
    for (line, expected) in [
        (
            TRACEPARENT,
            &[("tenant", "a"), ("baggage", "old=1"), ("tag", "1"), ("postmark", "old"), ("tag", "2")][..],
        ),
        ("", &before[..]),
    ] {
        let mut headers = headers_of(before);
        let patch = patch_of(&MessagePropagator::default(), line);
        headers.apply(&patch).unwrap();
        let mut expected: MemoryHeaders =
            expected.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect();
        for (name, value) in patch.headers() {
            expected.push(name, Some(value));
        }
        assert_eq!(headers, expected);
    }
    let mut map: HashMap<String, String> =
        [("TraceParent", "old"), ("tenant", "a")].map(|(name, value)| (name.into(), value.into())).into();
    map.apply(&patch_of(&MessagePropagator::default(), TRACEPARENT)).unwrap();
    let expected = [("traceparent", TRACEPARENT), ("tenant", "a")];
    assert_eq!(map, expected.map(|(name, value)| (name.into(), value.into())).into());
}

#[test]
fn any_propagator_can_write_a_patch() {
    let traceparent = format!("traceparent: {TRACEPARENT}");
    for (set, written, owned, reason) in [
        (vec![("b3", "0")], &["b3: 0"][..], &["b3"][..], "a header"),
        (vec![("b3", "0"), ("b3", "1")], &["b3: 1"], &["b3"], "the last value counts"),
        (vec![("b3", "0"), ("B3", "1")], &["b3: 1"], &["b3"], "in any letter case it is the same header"),
        (vec![("b3", "")], &[], &["b3"], "an empty value removes the header"),
        (vec![("b3", "0"), ("b3", "")], &[], &["b3"], "also one that was to be written"),
        (vec![("b3", ""), ("b3", "0")], &["b3: 0"], &["b3"], "or the other way round"),
        (vec![("b3", "0"), ("uber", "1")], &["b3: 0", "uber: 1"], &["b3", "uber"], "in the order it is set"),
        (
            vec![("traceparent", TRACEPARENT), ("tracestate", "")],
            &[&traceparent],
            &["traceparent", "tracestate"],
            "also the W3C's names, if nothing of the kind is there",
        ),
    ] {
        let mut patch = HeaderPatch::default();
        for (name, value) in set {
            patch.set(name, value.to_owned());
        }
        assert_eq!(headers(&patch), written, "{reason}");
        assert_eq!(names(&patch), owned, "{reason}");
        assert_eq!(patch.other_names().collect::<Vec<_>>(), owned, "{reason}");
        assert!(!patch.is_empty(), "{reason}");
    }
}

#[test]
fn what_stands_in_one_of_the_w3cs_formats_stays_whatever_others_write() {
    let mut patch = patch_of(&MessagePropagator::default(), &format!("{TRACEPARENT};baggage=tenant=a"));
    let before = headers(&patch);
    for (name, value) in
        [("Traceparent", "00-other"), ("tracestate", "other=1"), ("BAGGAGE", ""), ("baggage", "b=1")]
    {
        patch.set(name, value.to_owned());
    }
    assert_eq!(headers(&patch), before);
    assert_eq!(names(&patch), ["traceparent", "tracestate", "baggage"]);
}

#[test]
fn a_patch_is_printed_without_its_values() {
    let patch = injected([("b3", "alice"), ("uber", "bob")]);
    assert_eq!(format!("{patch:?}"), r#"["b3", "uber"]"#);
    assert_eq!(format!("{:?}", HeaderPatch::default()), "[]");
}

/// A transport with room for so many bytes of names and values, which counts how often it is asked.
#[derive(Debug, Default)]
struct Narrow {
    room: usize,
    headers: MemoryHeaders,
    asked: usize,
}

impl Carrier for Narrow {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.headers.for_each(f);
    }
}

impl CarrierMut for Narrow {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.asked += 1;
        let bytes_of = |name: &str, value: &[u8]| name.len() + value.len();
        match Room::Bytes(self.room).lacks(patch, bytes_of, || 0) {
            Some(header) => {
                Err(CarrierError::new(CarrierErrorKind::Room, header.to_owned(), "too little room"))
            }
            None => self.headers.apply(patch),
        }
    }
}

fn full_context() -> Context {
    let line = format!("{TRACEPARENT};tracestate=vendor=1;baggage=tenant=a");
    line.parse::<CreationContext>().unwrap().to_context()
}

#[test]
fn what_matters_least_is_left_out_first() {
    // 66 bytes of traceparent, 18 of tracestate, 15 of baggage and 59 of postmark.
    for (room, written, asked, refused) in [
        (158, &["traceparent", "tracestate", "baggage", "postmark"][..], 1, None),
        (157, &["traceparent", "tracestate", "postmark"], 2, Some("traceparent")),
        (143, &["traceparent", "tracestate", "postmark"], 2, Some("traceparent")),
        (142, &["traceparent", "tracestate"], 3, Some("traceparent")),
        (84, &["traceparent", "tracestate"], 3, Some("traceparent")),
        (83, &["traceparent"], 4, Some("traceparent")),
        (66, &["traceparent"], 4, Some("traceparent")),
        (65, &[], 4, Some("traceparent")),
        (0, &[], 4, Some("traceparent")),
    ] {
        let tracer = MessagingTracer::builder()
            .propagator(MessagePropagator::builder().other(Postmark).build())
            .build();
        let mut carrier = Narrow { room, ..Narrow::default() };
        let result = tracer.inject_context(&full_context(), &mut carrier);
        let names: Vec<&str> = carrier.headers.iter().map(|(name, _)| name).collect();
        assert_eq!((names.as_slice(), carrier.asked), (written, asked), "room for {room} bytes");
        assert_eq!(result.as_ref().err().map(CarrierError::header), refused, "room for {room} bytes");
        assert_eq!(tracer.problem_count(Problem::HeaderRefused), u64::from(refused.is_some()));
    }
}

#[test]
fn what_is_left_out_does_not_stay_behind_from_an_earlier_hop() {
    let tracer =
        MessagingTracer::builder().propagator(MessagePropagator::builder().other(Postmark).build()).build();
    let before = [("baggage", "old=1"), ("tracestate", "old=1"), ("postmark", "old"), ("tenant", "a")];
    let mut carrier = Narrow { room: 66, headers: headers_of(before), asked: 0 };
    tracer.inject_context(&full_context(), &mut carrier).unwrap_err();
    assert_eq!(carrier.headers, headers_of([("tenant", "a"), ("traceparent", TRACEPARENT)]));
}

#[test]
fn half_of_a_context_of_another_format_is_none() {
    // Without a traceparent the other format is what matters most, and stays whole.
    let propagator =
        MessagePropagator::builder().read([Format::Baggage]).write([Format::Baggage]).other(Postmark).build();
    let tracer = MessagingTracer::builder().propagator(propagator).build();
    for (room, written, asked) in
        [(74, &["baggage", "postmark"][..], 1), (73, &["postmark"], 2), (59, &["postmark"], 2), (58, &[], 2)]
    {
        let mut carrier = Narrow { room, ..Narrow::default() };
        let _ = tracer.inject_context(&full_context(), &mut carrier);
        let names: Vec<&str> = carrier.headers.iter().map(|(name, _)| name).collect();
        assert_eq!((names.as_slice(), carrier.asked), (written, asked), "room for {room} bytes");
    }
}

#[test]
fn baggage_alone_that_does_not_fit_is_removed_from_the_message() {
    let tracer = MessagingTracer::global();
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a")]);
    let mut carrier =
        Narrow { room: 14, headers: headers_of([("baggage", "old=1"), ("tenant", "a")]), asked: 0 };
    assert_eq!(tracer.inject_context(&cx, &mut carrier).unwrap_err().header(), "baggage");
    assert_eq!((carrier.headers, carrier.asked), (headers_of([("tenant", "a")]), 2));
}
