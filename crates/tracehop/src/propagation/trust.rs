//! The choice of how far the sender of a message is trusted.

use std::fmt;

/// How far the context on a message is trusted.
///
/// Whoever may send a message decides what its headers say: which trace it continues, whether that trace is recorded, and
/// which baggage is current in the handler and goes on from there. Where that is not a part of one's own system, less should
/// be taken over.
///
/// | | span | parent | sampled flag | `tracestate` | baggage |
/// |---|---|---|---|---|---|
/// | `Full` | continued, or as [`Correlation`](crate::Correlation) says | yes | counts | kept | kept |
/// | `LinkOnly` | a trace of its own, with a link | no | ignored | dropped | dropped |
/// | `Ignore` | a trace of its own | no | ignored | dropped | dropped |
///
/// ```
/// use tracehop::{MemoryHeaders, MessagingTracer, Trust};
///
/// let tracer = MessagingTracer::global();
/// let from_partners = tracer.with_trust(Trust::LinkOnly);
/// let headers = MemoryHeaders::from_iter([
///     ("traceparent", Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
///     ("baggage", Some("role=admin")),
/// ]);
/// let creation = from_partners.extract(&headers).creation;
/// assert!(creation.is_valid() && !creation.is_sampled() && creation.baggage().is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Trust {
    /// All of it.
    #[default]
    Full,
    /// Only which span made the message: the span that handles it starts a trace of its own and links to that one.
    LinkOnly,
    /// None of it.
    Ignore,
}

impl Trust {
    /// The one of two that trusts less.
    pub(crate) fn least(self, other: Self) -> Self {
        match (self, other) {
            (Self::Ignore, _) | (_, Self::Ignore) => Self::Ignore,
            (Self::LinkOnly, _) | (_, Self::LinkOnly) => Self::LinkOnly,
            (Self::Full, Self::Full) => Self::Full,
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::LinkOnly => "link only",
            Self::Ignore => "ignore",
        })
    }
}
