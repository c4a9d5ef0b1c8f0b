//! Configuration of a [`MessagePropagator`].

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::TextMapPropagator;

use super::context_format::ContextFormat;
use super::text_map_format::TextMapFormat;
use super::w3c_format::W3cFormat;
use super::{MessagePropagator, Repeats};

/// Configures a [`MessagePropagator`].
///
/// ```
/// use tracehop::{MessagePropagator, Repeats};
///
/// let propagator = MessagePropagator::builder()
///     .repeats(Repeats::Reject)
///     .baggage_filter(|key| key == "tenant")
///     .build();
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct MessagePropagatorBuilder {
    w3c: W3cFormat,
    others: Vec<Box<dyn ContextFormat>>,
}

impl MessagePropagator {
    /// A propagator to be configured: W3C Trace Context and Baggage unless said otherwise.
    pub fn builder() -> MessagePropagatorBuilder {
        MessagePropagatorBuilder::default()
    }
}

impl MessagePropagatorBuilder {
    /// Whether W3C Trace Context is read and written. Default: yes.
    pub fn trace_context(mut self, enabled: bool) -> Self {
        self.w3c.trace_context = enabled;
        self
    }

    /// Whether W3C Baggage is read and written. Default: yes.
    pub fn baggage(mut self, enabled: bool) -> Self {
        self.w3c.baggage = enabled;
        self
    }

    /// Which members of the baggage are written, by key. Default: all.
    ///
    /// Baggage must not leave the boundary of trust; a queue that others read may lie outside of it.
    pub fn baggage_filter(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.w3c.baggage_filter = Some(Arc::new(allowed));
        self
    }

    /// What several `traceparent` headers mean. Default: [`Repeats::LastWins`].
    pub fn repeats(mut self, repeats: Repeats) -> Self {
        self.w3c.repeats = repeats;
        self
    }

    /// Adds an OpenTelemetry propagator, for example B3. All formats are written; when reading, W3C comes first, then the
    /// others in the order they were added.
    pub fn other(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.others.push(Box::new(TextMapFormat(Box::new(propagator))));
        self
    }

    /// The propagator.
    pub fn build(self) -> MessagePropagator {
        MessagePropagator { w3c: self.w3c, others: self.others.into() }
    }
}

impl fmt::Debug for MessagePropagatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagePropagatorBuilder").field("others", &self.others.len()).finish_non_exhaustive()
    }
}
