//! Context in and out of headers, counting what goes wrong.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::MessagingTracer;
use super::on_message::OnMessage;
use crate::carrier::{Carrier, CarrierMut, HeaderPatch};
use crate::context::CreationContext;
use crate::context::processing::Id;
use crate::error::{CarrierError, CarrierErrorKind};
use crate::propagation::{ExtractReport, Extracted, Problem, Problems, PropagationOutcome, Trust};

/// What became of a context that was to be written.
pub(crate) struct Written {
    pub(crate) outcome: PropagationOutcome,
    pub(crate) problems: Problems,
    /// What the transport said to the first try.
    pub(crate) refused: Option<CarrierError>,
}

impl MessagingTracer {
    /// Writes the current context into the headers of a message, without a span: it becomes the creation context. One that is
    /// there is replaced, with its baggage. Baggage that stands there alone is kept, in front of the current one.
    ///
    /// # Errors
    ///
    /// The transport refuses a header. It is counted, and left out if it has a name or a value that the transport cannot hold.
    /// If there is too little room, first the baggage is left out, then other formats' headers, then the `tracestate`, until
    /// the transport takes the rest or there is none. The message can still be sent.
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
        self.inject_context(&self.current(), carrier)
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
        let existing = OnMessage::find(self, carrier);
        self.write(cx.span().span_context(), cx, &existing, carrier).refused.map_or(Ok(()), Err)
    }

    /// The context that a message which is sent now would carry, to be stored with what is to be sent later: in a row of an
    /// outbox, in a job, in a line of a file. It is what [`inject`](Self::inject) writes, without a message: the active span, of
    /// `tracing` too if there is a [bridge](crate::MessagingTracerBuilder::tracing_bridge), and the baggage that the propagator
    /// [lets out](crate::MessagePropagatorBuilder::baggage_out). [`CreationContext::NONE`] if nothing is current, or if the
    /// tracer [strips](Self::with_strip).
    ///
    /// As text it has 55 bytes, or 24,715 with the largest `tracestate` and baggage that there can be. Members of the baggage that
    /// are too many are left out and counted, as when a message is sent.
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use opentelemetry::KeyValue;
    /// use opentelemetry::baggage::BaggageExt;
    /// use tracehop::{CreationContext, MessagePropagator, MessagingTracer};
    ///
    /// let propagator = MessagePropagator::builder().baggage_out(|key| key == "tenant").build();
    /// let tracer = MessagingTracer::builder().propagator(propagator).build();
    ///
    /// let request: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
    /// let members = [KeyValue::new("tenant", "a"), KeyValue::new("user", "alice")];
    /// let _active = request.to_context().with_baggage(members).attach();
    ///
    /// // INSERT INTO outbox (payload, context) VALUES (..)
    /// let context = tracer.current_creation().to_string();
    /// assert_eq!(context, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;baggage=tenant=a");
    /// # Ok::<(), tracehop::ParseCreationContextError>(())
    /// ```
    pub fn current_creation(&self) -> CreationContext {
        if self.strips() {
            return CreationContext::NONE;
        }
        let (creation, problems) = self.propagator().outgoing(&self.current());
        self.report(problems);
        creation
    }

    /// Writes a context that was [stored](Self::current_creation) into the headers of a message that is sent at last. A traced
    /// client keeps it there: the message belongs to the work that stored it, and the span of the send links to that.
    /// [`CreationContext::NONE`] changes nothing, so that the message is sent with a context of its own.
    ///
    /// # Errors
    ///
    /// As for [`inject`](Self::inject). The message can still be sent.
    ///
    /// ```
    /// use tracehop::{CreationContext, MemoryHeaders, MessagingTracer};
    ///
    /// let tracer = MessagingTracer::global();
    /// // SELECT payload, context FROM outbox
    /// let stored: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
    ///
    /// let mut headers = MemoryHeaders::new();
    /// tracer.inject_creation(&stored, &mut headers)?;
    /// assert_eq!(tracer.extract(&headers).creation, stored);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inject_creation(
        &self,
        creation: &CreationContext,
        carrier: &mut (impl CarrierMut + ?Sized),
    ) -> Result<(), CarrierError> {
        self.inject_context(&creation.to_context(), carrier)
    }

    /// Removes every context from the headers of a message, in all [formats](crate::Format) that are built in and in those of
    /// the propagator, with its baggage and the context of its origin: for a boundary that no context may cross.
    ///
    /// # Errors
    ///
    /// The transport refuses to edit the headers; they are unchanged then.
    ///
    /// ```
    /// use tracehop::{MemoryHeaders, MessagingTracer};
    ///
    /// let mut headers = MemoryHeaders::from_iter([
    ///     ("Traceparent", Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
    ///     ("baggage", Some("user=alice")),
    ///     ("content-type", Some("text/plain")),
    /// ]);
    /// MessagingTracer::global().strip(&mut headers)?;
    /// assert_eq!(headers, MemoryHeaders::from_iter([("content-type", Some("text/plain"))]));
    /// # Ok::<(), tracehop::CarrierError>(())
    /// ```
    pub fn strip(&self, carrier: &mut (impl CarrierMut + ?Sized)) -> Result<(), CarrierError> {
        let mut patch = HeaderPatch::default();
        self.propagator().remove_everything(&mut patch, carrier.transport().aliases);
        carrier.apply(&patch)
    }

    /// Writes the context of `span`, with the baggage of `cx`. `existing` is what stands on the message: a context that is to be
    /// replaced, or baggage that is to be kept.
    #[inline]
    pub(crate) fn write(
        &self,
        span: &SpanContext,
        cx: &Context,
        existing: &OnMessage,
        carrier: &mut (impl CarrierMut + ?Sized),
    ) -> Written {
        if self.strips() {
            let refused = self.strip(carrier).err();
            return Written { outcome: PropagationOutcome::Stripped, problems: Problems::default(), refused };
        }
        let OnMessage { creation, dropped, is_foreign, .. } = existing;
        let is_stale = creation.is_valid() || *is_foreign;
        // The baggage of a stale context goes with it.
        let own_baggage = creation.baggage.as_deref().filter(|_| !is_stale).unwrap_or_default();
        let propagator = self.propagator();
        let mut patch = HeaderPatch::default();
        let mut problems = propagator.fill(&mut patch, span, cx, own_baggage, carrier);
        if *dropped > 0 && !is_stale && !cx.baggage().is_empty() {
            problems.drop_baggage(usize::from(*dropped));
        }
        patch.remove_aliases(carrier.transport().aliases);
        if *is_foreign {
            propagator.remove_context(&mut patch, carrier.transport().aliases);
        } else if is_stale && span.is_valid() {
            // Without a context to replace it with, a stale one stays whole.
            propagator.remove_baggage(&mut patch);
        }
        let mut refused = None;
        while !patch.is_empty() {
            let Err(error) = carrier.apply(&patch) else { break };
            // What cannot be written at all makes nothing else impossible. Where there is little room, the part that matters most
            // may still be taken.
            let is_about_one = matches!(error.kind(), CarrierErrorKind::Name | CarrierErrorKind::Value);
            let is_left_out = is_about_one && patch.leave_out(error.header());
            refused.get_or_insert(error);
            if !is_left_out && !patch.shed() {
                break;
            }
        }
        if refused.is_some() {
            problems.add(Problem::HeaderRefused);
        }
        self.report(problems);
        let outcome = match refused {
            Some(_) => PropagationOutcome::Refused,
            None if span.is_valid() => PropagationOutcome::Written,
            None => PropagationOutcome::Missing,
        };
        Written { outcome, problems, refused }
    }

    /// Reads the creation context of a message. It never fails; problems are returned, and counted.
    #[inline]
    pub fn extract(&self, carrier: &(impl Carrier + ?Sized)) -> Extracted {
        if self.trust() != Trust::Full {
            return self.extract_distrusting(&carrier);
        }
        let extracted = self.propagator().extract(carrier);
        self.report(extracted.problems);
        extracted
    }

    /// Remembers a message of a source that is not trusted: what is not taken over now would be kept when somebody copies the
    /// headers.
    #[cold]
    pub(crate) fn remember_distrusted(&self, carrier: &impl Carrier) {
        let id = Id::of(&self.propagator().extract_existing(carrier).creation);
        if !self.handled().is_ours(id) {
            self.handled().distrusted(id);
        }
        self.handled().distrusted(self.propagator().content(carrier).id());
    }

    #[cold]
    fn extract_distrusting(&self, carrier: &dyn Carrier) -> Extracted {
        let mut extracted = match self.trust() {
            Trust::Ignore => return Extracted::default(),
            Trust::Full | Trust::LinkOnly => self.propagator().extract(carrier),
        };
        self.report(extracted.problems);
        extracted.distrust(self.trust());
        extracted
    }

    /// What [`extract`](Self::extract) finds, header by header. Nothing is counted.
    ///
    /// ```
    /// use tracehop::{HeaderOutcome, MemoryHeaders, MessagingTracer, Trust};
    ///
    /// let tracer = MessagingTracer::builder().trust(Trust::LinkOnly).build();
    /// let headers = MemoryHeaders::from_iter([
    ///     ("traceparent", Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
    ///     ("baggage", Some("role=admin")),
    /// ]);
    /// let outcomes: Vec<_> = tracer.explain(&headers).headers().iter().map(|header| header.outcome()).collect();
    /// assert_eq!(outcomes, [HeaderOutcome::Taken, HeaderOutcome::Distrusted]);
    /// ```
    pub fn explain(&self, carrier: &(impl Carrier + ?Sized)) -> ExtractReport {
        self.propagator().explain(carrier).under(self.trust())
    }
}
