//! The context that is written.

use opentelemetry::baggage::{Baggage, BaggageExt, BaggageMetadata};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, Key, StringValue};
use tracehop::{CreationContext, MessagePropagator};

use crate::input::Message;
use crate::transports::{Memory, Transport};

const STORED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;tracestate=a@b@c=1;baggage=k=v";

/// One that is always the same, one as it came with another message, or one of an application, which may have any text in its
/// baggage.
pub(super) fn context(message: &Message) -> Context {
    match message.context % 3 {
        0 => STORED.parse::<CreationContext>().expect("it is valid").to_context(),
        1 => {
            let headers = Memory::build(&message.headers);
            MessagePropagator::default().extract(&headers.carrier()).creation.to_context()
        }
        _ => of_an_application(message),
    }
}

fn of_an_application(message: &Message) -> Context {
    let mut state = TraceState::default();
    let mut baggage = Baggage::new();
    for header in &message.headers {
        let name = String::from_utf8_lossy(&header.name).into_owned();
        let value = String::from_utf8_lossy(&header.value).into_owned();
        if let Ok(next) = state.insert(name.clone(), value.clone()) {
            state = next;
        }
        let metadata = match header.kind % 3 {
            0 => BaggageMetadata::from(value.as_str()),
            _ => BaggageMetadata::default(),
        };
        baggage.insert_with_metadata(Key::from(name), StringValue::from(value), metadata);
    }
    let flags = TraceFlags::new(message.flags);
    let (trace_id, span_id) = (TraceId::from_bytes(message.trace_id), SpanId::from_bytes(message.span_id));
    let span = SpanContext::new(trace_id, span_id, flags, false, state);
    Context::new().with_baggage(baggage).with_remote_span_context(span)
}
