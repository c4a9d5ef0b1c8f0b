//! Members of a `tracestate` that OpenTelemetry's `TraceState` cannot hold, kept in a `Context` from the message that
//! brought them to the messages that take them on.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceId, TraceState};

use crate::codec::tracestate::{join, members, representable, to_trace_state};

/// Members that OpenTelemetry's `TraceState` cannot hold, remembered in a `Context` until the next injection.
#[derive(Debug)]
struct Carried {
    trace_id: TraceId,
    full: Box<str>,
    held: TraceState,
}

/// Remembers `text` in `cx` if OpenTelemetry's type cannot hold all of it.
pub(crate) fn carry(cx: Context, trace_id: TraceId, text: &str) -> Context {
    match to_trace_state(text) {
        (_, true) => cx,
        (held, false) => cx.with_value(Carried { trace_id, full: text.into(), held }),
    }
}

/// The header of a span: its own state, with what `cx` remembers of the same trace.
///
/// `None` if it would be empty, because an empty `tracestate` should not be sent.
pub(crate) fn header(span: &SpanContext, cx: &Context) -> Option<String> {
    let carried = cx.get::<Carried>().filter(|carried| carried.trace_id == span.trace_id());
    match carried {
        Some(carried) if carried.held == *span.trace_state() => Some(carried.full.to_string()),
        Some(carried) => {
            // A sampler changed the state: its members are newer, so they go left of those kept aside.
            let aside = members(&carried.full).filter(|(key, value)| !representable(key, value));
            join(|| span.trace_state().into_iter().chain(aside.clone()))
        }
        None => join(|| span.trace_state().into_iter()),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceFlags;

    use super::*;

    #[test]
    fn a_level_2_key_survives_a_sampler_that_adds_a_member() {
        let trace_id = TraceId::from(1);
        let cx = carry(Context::new(), trace_id, "a@b@c=1,foo=2");
        let (held, complete) = to_trace_state("a@b@c=1,foo=2");
        assert!(!complete);
        let span =
            |state: TraceState| SpanContext::new(trace_id, 1.into(), TraceFlags::default(), false, state);
        assert_eq!(header(&span(held.clone()), &cx).unwrap(), "a@b@c=1,foo=2");
        let changed = held.insert("new", "3").unwrap();
        assert_eq!(header(&span(changed), &cx).unwrap(), "new=3,foo=2,a@b@c=1");
    }
}
