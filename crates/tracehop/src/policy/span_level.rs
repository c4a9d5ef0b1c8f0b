//! The choice of how much has spans.

/// What has spans.
///
/// | | spans of batches | spans of single messages | contexts are passed on |
/// |---|---|---|---|
/// | `Full` | yes | yes | yes |
/// | `BatchOnly` | yes | no | yes |
/// | `ContextOnly` | no | no | yes |
/// | `Off` | no | no | no: headers are neither read nor written |
///
/// Without a span of its own, what handles a message runs in the message's context, and a message that is sent carries what is
/// current. Metrics and observers are told in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SpanLevel {
    /// Every operation.
    #[default]
    Full,
    /// What is done with several messages at once.
    BatchOnly,
    /// Nothing, but contexts are passed on.
    ContextOnly,
    /// Nothing, and headers are left alone, as if the client were not wrapped.
    Off,
}
