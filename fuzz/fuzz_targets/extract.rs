//! Whatever the headers hold: extraction does not panic, and what it finds can be stored, read back and sent on.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::trace::TraceContextExt;
use tracehop::{CarrierMut, CreationContext, MemoryHeaders, MessagePropagator};

fuzz_target!(|headers: Vec<(u8, Vec<u8>)>| {
    let names = ["traceparent", "tracestate", "baggage", "Traceparent", "TRACESTATE", "tenant"];
    let name = |index: u8| names[usize::from(index) % names.len()];
    let carrier = MemoryHeaders::from_iter(headers.into_iter().map(|(index, value)| (name(index), Some(value))));
    let propagator = MessagePropagator::default();
    let creation = propagator.extract(&carrier).creation;

    let stored: CreationContext = creation.to_string().parse().expect("what is written can be read");
    assert_eq!(stored, creation);

    let cx = creation.to_context();
    let (patch, _) = propagator.patch(cx.span().span_context(), &cx);
    let mut sent = MemoryHeaders::new();
    sent.apply(&patch).expect("memory takes everything");
    let received = propagator.extract(&sent);
    assert!(received.problems.is_empty());
    assert_eq!((received.creation.trace_id(), received.creation.span_id()), (creation.trace_id(), creation.span_id()));
    assert_eq!(received.creation.tracestate(), creation.tracestate());
});
