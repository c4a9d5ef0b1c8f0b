//! The handling of a message, as core knows it.

use opentelemetry::Context;

/// The handling of a message, as core knows it.
#[derive(Clone)]
pub(super) struct Handling {
    /// What the handler runs in.
    pub(super) context: Context,
    /// Whether the span in that context is the process span, and records. Else it may be somebody else's.
    pub(super) records: bool,
}
