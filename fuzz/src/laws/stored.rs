//! What was found can be stored, and sent on.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use opentelemetry::baggage::BaggageMetadata;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Key, StringValue};
use tracehop::{CarrierMut, CreationContext, Format, MemoryHeaders, MessagePropagator};

/// A context comes back as it was from an outbox row and from JSON. The debug flag of B3 and Jaeger is in neither: all else of such a
/// context comes back.
pub(super) fn can_be_stored(creation: &CreationContext) {
    let is_debug = is_debug(creation);
    let line = creation.to_string();
    let read: CreationContext = line.parse().expect("what is written can be read");
    assert!((&read == creation) != is_debug, "{creation:?} from {line:?}");
    assert_eq!(read.to_string(), line);
    assert_eq!((read.trace_id(), read.span_id()), (creation.trace_id(), creation.span_id()));
    assert_eq!(members(&read), members(creation));
    let json = serde_json::to_string(creation).expect("a context is JSON");
    let from_json: CreationContext = serde_json::from_str(&json).expect("what is written can be read");
    assert_eq!(from_json, read, "from {json}");
}

/// Whether everybody is to keep the trace, which only headers of B3 and Jaeger tell.
fn is_debug(creation: &CreationContext) -> bool {
    static B3: LazyLock<MessagePropagator> =
        LazyLock::new(|| MessagePropagator::builder().write([Format::B3]).build());
    let cx = creation.to_context();
    let (patch, _) = B3.patch(cx.span().span_context(), &cx);
    patch.headers().any(|(name, value)| name == "b3" && value.ends_with(b"-d"))
}

/// A message that is sent under a context carries it.
pub(super) fn can_be_sent_on(creation: &CreationContext) {
    let propagator = MessagePropagator::default();
    let cx = creation.to_context();
    let (patch, problems) = propagator.patch(cx.span().span_context(), &cx);
    let mut sent = MemoryHeaders::new();
    sent.apply(&patch).expect("memory takes everything");
    let received = propagator.extract(&sent);
    assert!(received.problems.is_empty(), "{:?}", received.problems);
    let received = received.creation;
    let ids = |creation: &CreationContext| (creation.trace_id(), creation.span_id(), creation.is_sampled());
    if creation.is_valid() {
        assert_eq!(ids(&received), ids(creation));
    }
    assert_eq!(received.tracestate(), creation.tracestate());
    // Values are encoded anew, which may make them longer than a header may be.
    if problems.dropped_baggage() == 0 {
        assert_eq!(members(&received), members(creation));
    }
    // Once it was sent on it changes no more.
    let again = received.to_context();
    let (patch, _) = propagator.patch(again.span().span_context(), &again);
    let mut relayed = MemoryHeaders::new();
    relayed.apply(&patch).expect("memory takes everything");
    assert_eq!(relayed, sent);
}

/// The baggage, values decoded: value and properties by key.
pub(super) fn members(creation: &CreationContext) -> BTreeMap<String, (String, String)> {
    let baggage = creation.baggage();
    let member = |(key, (value, properties)): (&Key, &(StringValue, BaggageMetadata))| {
        (key.to_string(), (value.to_string(), properties.to_string()))
    };
    baggage.iter().map(member).collect()
}
