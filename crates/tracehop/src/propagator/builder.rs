//! Configuration of a [`MessagePropagator`].

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::TextMapPropagator;

use super::{MessagePropagator, Other};
use crate::Repeats;

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
#[must_use = "a builder does nothing until it is built"]
pub struct MessagePropagatorBuilder {
    pub(super) propagator: MessagePropagator,
    pub(super) others: Vec<Other>,
}

impl MessagePropagatorBuilder {
    /// Whether W3C Trace Context is read and written. Default: yes.
    pub fn trace_context(mut self, enabled: bool) -> Self {
        self.propagator.trace_context = enabled;
        self
    }

    /// Whether W3C Baggage is read and written. Default: yes.
    pub fn baggage(mut self, enabled: bool) -> Self {
        self.propagator.baggage = enabled;
        self
    }

    /// Which members of the baggage are written, by key. Default: all.
    ///
    /// Baggage must not leave the boundary of trust; a queue that others read may lie outside of it.
    pub fn baggage_filter(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.propagator.baggage_filter = Some(Arc::new(allowed));
        self
    }

    /// What several `traceparent` headers mean. Default: [`Repeats::LastWins`].
    pub fn repeats(mut self, repeats: Repeats) -> Self {
        self.propagator.repeats = repeats;
        self
    }

    /// Adds an OpenTelemetry propagator, B3 for one. All formats are written; when reading, W3C comes first, then the
    /// others in the order they were added.
    pub fn other(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.others.push(Box::new(propagator));
        self
    }

    /// The propagator.
    pub fn build(self) -> MessagePropagator {
        MessagePropagator { others: self.others.into(), ..self.propagator }
    }
}

impl fmt::Debug for MessagePropagatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagePropagatorBuilder")
            .field("propagator", &self.propagator)
            .finish_non_exhaustive()
    }
}
