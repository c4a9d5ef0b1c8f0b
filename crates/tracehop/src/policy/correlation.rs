//! The choice between parent and link.

/// Whether the creation context of a message becomes the parent of the span that handles it.
///
/// The span always *links* to the creation context: that is the only relation that also works for batches, and the
/// one the [semantic conventions] ask for. This decides what is done beside it.
///
/// | | nothing active, no creation context | nothing active | a span active, no creation context | both |
/// |---|---|---|---|---|
/// | `Continue` | root | parent: creation | parent: active | parent: creation, link to active too |
/// | `Nest` | root | parent: creation | parent: active | parent: active |
/// | `Link` | root | root | parent: active | parent: active |
///
/// [semantic conventions]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-spans.md#consumer-spans
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Correlation {
    /// The parent is the creation context whenever the message has one: one trace for each journey. A span that is active is
    /// linked. It is nearly always the span of a consumer loop, which would make one trace of all messages that the loop
    /// ever handles, and would cut the journey of each.
    #[default]
    Continue,
    /// The parent is the active span if there is one, else the creation context.
    Nest,
    /// Never the parent: each handling of a message is a trace of its own, linked.
    Link,
}
