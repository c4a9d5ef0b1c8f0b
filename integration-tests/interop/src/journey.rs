//! What a message is sent with.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};

/// The members of `tracestate`, in their order.
const TRACESTATE: [(&str, &str); 2] = [("vendor", "opaque"), ("rojo", "00f067aa0ba902b7")];
const PARENT: u64 = 0x00f0_67aa_0ba9_02b7;
const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0000_0000;

/// The trace that a sender is in, and its baggage. The sender's span is a child of a span that nobody recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Journey {
    trace: u128,
}

impl Journey {
    /// The key of the baggage.
    pub(crate) const KEY: &'static str = "tenant";
    /// Its value, which is percent-encoded on the wire because of the space.
    pub(crate) const TENANT: &'static str = "acme GmbH";

    /// A trace of its own for each number.
    pub(crate) fn new(number: usize) -> Self {
        Self { trace: TRACE + number as u128 }
    }

    pub(crate) fn trace_id(self) -> TraceId {
        TraceId::from(self.trace)
    }

    /// As a header.
    pub(crate) fn tracestate() -> String {
        TRACESTATE.map(|(key, value)| format!("{key}={value}")).join(",")
    }

    /// For the environment of a sender in another process: the headers' names in upper case.
    pub(crate) fn variables(self) -> [(&'static str, String); 3] {
        [
            ("TRACEPARENT", format!("00-{:032x}-{PARENT:016x}-01", self.trace)),
            ("TRACESTATE", Self::tracestate()),
            ("BAGGAGE", format!("{}={}", Self::KEY, Self::TENANT.replace(' ', "%20"))),
        ]
    }

    /// For a sender in this process.
    ///
    /// # Errors
    ///
    /// OpenTelemetry refuses a member of `tracestate`.
    pub(crate) fn context(self) -> anyhow::Result<Context> {
        let state = TraceState::from_key_value(TRACESTATE)?;
        let parent =
            SpanContext::new(self.trace_id(), SpanId::from(PARENT), TraceFlags::SAMPLED, true, state);
        Ok(Context::new()
            .with_remote_span_context(parent)
            .with_baggage([KeyValue::new(Self::KEY, Self::TENANT)]))
    }
}

#[cfg(test)]
mod tests {
    use tracehop::{MemoryHeaders, MessagingTracer};

    use super::*;

    #[test]
    fn what_a_child_reads_from_its_environment_is_the_same_as_the_context() {
        let journey = Journey::new(7);
        let headers: Vec<(String, Option<Vec<u8>>)> =
            journey.variables().map(|(name, value)| (name.to_lowercase(), Some(value.into_bytes()))).into();
        let extracted = MessagingTracer::global().extract(&MemoryHeaders::from(headers));
        let (read, context) = (extracted.creation.to_context(), journey.context().unwrap());
        assert_eq!(read.span().span_context(), context.span().span_context());
        assert_eq!(read.baggage().get(Journey::KEY).unwrap().as_str(), Journey::TENANT);
        assert_eq!(context.baggage().get(Journey::KEY).unwrap().as_str(), Journey::TENANT);
    }
}
