//! The choices that hold for one destination.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Key;

use super::{Correlation, Existing, SpanLevel};
use crate::propagation::{MessagePropagator, Trust};

/// As many as an SDK keeps by default.
const MAX_BATCH_LINKS: usize = 128;

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent choices of the user")]
pub(crate) struct EffectivePolicy {
    pub(crate) spans: SpanLevel,
    pub(crate) correlation: Correlation,
    pub(crate) max_age: Option<Duration>,
    pub(crate) existing: Existing,
    pub(crate) receive_spans: bool,
    pub(crate) settle_spans: bool,
    /// Each message of a batch that is sent has a span of its own.
    pub(crate) create_spans: bool,
    /// Under an unsampled parent no span is made at all.
    pub(crate) trust_unsampled: bool,
    /// Under an unsampled parent a span starts with its attributes and links, for a sampler that looks at them.
    pub(crate) sampler_sees_all: bool,
    /// Links of batches have no attributes.
    pub(crate) plain_batch_links: bool,
    /// How many links the span of a batch has at most.
    pub(crate) max_batch_links: usize,
    pub(crate) message_keys: bool,
    pub(crate) body_sizes: bool,
    /// Headers that are recorded, by name, and the attributes that show them.
    pub(crate) captured_headers: Arc<[(String, Key)]>,
    /// Members of the baggage that are recorded.
    pub(crate) baggage_attributes: Arc<[String]>,
    /// What is particular about headers, if anything is.
    pub(crate) headers: Option<Arc<HeaderPolicy>>,
}

/// What is done with headers, if that is not as for all other destinations.
#[derive(Clone, Debug)]
pub(crate) struct HeaderPolicy {
    pub(crate) trust: Trust,
    pub(crate) strips: bool,
    /// Headers are neither read nor written.
    pub(crate) is_off: bool,
    /// `None`: the tracer's.
    pub(crate) propagator: Option<Arc<MessagePropagator>>,
}

impl EffectivePolicy {
    /// Whether the messages of a batch that is sent have spans of their own.
    #[inline]
    pub(crate) fn makes_creates(&self) -> bool {
        self.create_spans && self.spans == SpanLevel::Full
    }
}

impl Default for EffectivePolicy {
    fn default() -> Self {
        Self {
            spans: SpanLevel::Full,
            correlation: Correlation::default(),
            max_age: None,
            existing: Existing::default(),
            receive_spans: false,
            settle_spans: true,
            create_spans: true,
            trust_unsampled: false,
            sampler_sees_all: false,
            plain_batch_links: false,
            max_batch_links: MAX_BATCH_LINKS,
            message_keys: false,
            body_sizes: false,
            captured_headers: Arc::default(),
            baggage_attributes: Arc::default(),
            headers: None,
        }
    }
}
