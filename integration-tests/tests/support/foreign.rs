//! A service of another team, which knows W3C Trace Context and no tracehop.

use opentelemetry::trace::{SpanContext, SpanId, TraceId};

/// A context as the other service sends it: its trace, and the span that sent the message.
pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const SPAN: &str = "b7ad6b7169203331";
pub(crate) const TRACESTATE: &str = "vendor=1";
pub(crate) const BAGGAGE: &str = "tenant=a";

/// The three headers.
pub(crate) fn headers() -> [(&'static str, String); 3] {
    [
        ("traceparent", format!("00-{TRACE}-{SPAN}-01")),
        ("tracestate", TRACESTATE.to_owned()),
        ("baggage", BAGGAGE.to_owned()),
    ]
}

/// What the other service makes of the headers of a message: names in lower case, each value by itself. It goes by the
/// letter of the standard, and so it refuses repeats.
#[track_caller]
pub(crate) fn read(headers: &[(String, String)]) -> SpanContext {
    let values = |name: &str| -> Vec<&str> {
        headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(values("tracestate"), [TRACESTATE], "{headers:?}");
    assert_eq!(values("baggage"), [BAGGAGE], "{headers:?}");
    let traceparent = values("traceparent");
    let [traceparent] = traceparent.as_slice() else { panic!("one traceparent, not {traceparent:?}") };
    let parts: Vec<&str> = traceparent.split('-').collect();
    let [version, trace, span, flags] = parts.as_slice() else { panic!("four parts: {traceparent}") };
    assert_eq!((*version, flags.len()), ("00", 2), "{traceparent}");
    let flags = u8::from_str_radix(flags, 16).unwrap();
    SpanContext::new(
        TraceId::from_hex(trace).unwrap(),
        SpanId::from_hex(span).unwrap(),
        opentelemetry::TraceFlags::new(flags),
        true,
        opentelemetry::trace::TraceState::NONE,
    )
}

/// The headers of what the other service sends after it read `parent`: a new span of the same trace.
pub(crate) fn answer(parent: &SpanContext) -> [(&'static str, String); 3] {
    let [_, tracestate, baggage] = headers();
    [("traceparent", format!("00-{}-{SPAN}-01", parent.trace_id())), tracestate, baggage]
}
