//! What a tracer is told to do where there is a choice.

use std::time::Duration;

use crate::Correlation;

/// What becomes of a context that is already on an outgoing message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Existing {
    /// If it is the creation context of the message this task is processing, it rode along when headers were copied:
    /// it is stale and replaced. Otherwise the user put it there (an outbox, a replay): it is kept, and the send span
    /// links to it.
    #[default]
    Auto,
    /// Always kept; the send span links to it.
    Keep,
    /// Always replaced.
    Replace,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) correlation: Correlation,
    pub(crate) max_age: Option<Duration>,
    pub(crate) existing: Existing,
    pub(crate) receive_spans: bool,
    pub(crate) message_keys: bool,
    pub(crate) body_sizes: bool,
}
