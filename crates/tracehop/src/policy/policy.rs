//! The choices that hold for one destination.

use std::time::Duration;

use super::{Correlation, Existing};

#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent choices of the user")]
pub(crate) struct Policy {
    pub(crate) correlation: Correlation,
    pub(crate) max_age: Option<Duration>,
    pub(crate) existing: Existing,
    pub(crate) receive_spans: bool,
    /// Under an unsampled parent no span is made at all.
    pub(crate) trust_unsampled: bool,
    /// Under an unsampled parent a span starts with its attributes and links, for a sampler that looks at them.
    pub(crate) sampler_sees_all: bool,
    /// Links of batches have no attributes.
    pub(crate) plain_batch_links: bool,
    pub(crate) message_keys: bool,
    pub(crate) body_sizes: bool,
}
