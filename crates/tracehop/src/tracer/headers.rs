//! Context in and out of headers, counting what goes wrong.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::MessagingTracer;
use crate::carrier::{Carrier, CarrierMut};
use crate::error::CarrierError;
use crate::propagation::{Extracted, Problem};

impl MessagingTracer {
    /// Writes the current context into the headers of a message, without a span: it becomes the creation context.
    ///
    /// # Errors
    ///
    /// The transport refuses a header. It is counted, and left out: first the baggage, then other propagators' headers,
    /// then the `tracestate`, until the transport takes the rest or there is none. The message can still be sent.
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use tracehop::{CreationContext, MemoryHeaders, MessagingTracer};
    ///
    /// let tracer = MessagingTracer::global();
    /// let incoming: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
    /// let _active = incoming.to_context().attach();
    ///
    /// let mut headers = MemoryHeaders::new();
    /// tracer.inject(&mut headers)?;
    /// assert_eq!(tracer.extract(&headers).creation, incoming);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inject(&self, carrier: &mut (impl CarrierMut + ?Sized)) -> Result<(), CarrierError> {
        self.inject_context(&Context::current(), carrier)
    }

    /// [`inject`](Self::inject) of a given context.
    ///
    /// # Errors
    ///
    /// As for [`inject`](Self::inject).
    pub fn inject_context(
        &self,
        cx: &Context,
        carrier: &mut (impl CarrierMut + ?Sized),
    ) -> Result<(), CarrierError> {
        self.write(cx.span().span_context(), cx, false, carrier)
    }

    /// Writes the context of `span`, with the baggage of `cx`. `stale` says that there is one on the message, which is to be
    /// replaced.
    #[inline]
    pub(crate) fn write(
        &self,
        span: &SpanContext,
        cx: &Context,
        stale: bool,
        carrier: &mut (impl CarrierMut + ?Sized),
    ) -> Result<(), CarrierError> {
        let (mut patch, mut problems) = self.propagator().patch(span, cx);
        // Without a context to replace it with, a stale one stays whole.
        if stale && span.is_valid() {
            self.propagator().remove_baggage(&mut patch);
        }
        let mut refused = None;
        while !patch.is_empty() {
            let Err(error) = carrier.apply(&patch) else { break };
            refused.get_or_insert(error);
            // A transport with little room may still take the part that matters most.
            if !patch.shed() {
                break;
            }
        }
        if refused.is_some() {
            problems.add(Problem::HeaderRefused);
        }
        self.report(problems);
        refused.map_or(Ok(()), Err)
    }

    /// Reads the creation context of a message. It never fails; problems are returned, and counted.
    #[inline]
    pub fn extract(&self, carrier: &(impl Carrier + ?Sized)) -> Extracted {
        let extracted = self.propagator().extract(carrier);
        self.report(extracted.problems);
        extracted
    }
}
