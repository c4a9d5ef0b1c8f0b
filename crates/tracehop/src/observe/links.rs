//! The links of a span that is to start.

use opentelemetry::Context;
use opentelemetry::trace::{Link, SpanContext, TraceContextExt};

use crate::context::CreationContext;

/// What a span to start links to. The links are only made for a span that may record.
pub(crate) enum Links<'a> {
    /// At most two, without attributes: the need of most spans.
    Few { creation: Option<&'a CreationContext>, current: Option<&'a Context> },
    /// Those of a batch.
    Many(&'a dyn Fn() -> Vec<Link>),
}

impl Links<'_> {
    pub(crate) const NONE: Self = Self::Few { creation: None, current: None };

    /// `None` if there is none to make.
    #[inline]
    pub(super) fn make(&self) -> Option<Vec<Link>> {
        match self {
            Self::Few { creation: None, current: None } => None,
            Self::Few { creation: Some(creation), current: None } => {
                Some(vec![Link::with_context(creation.span_context())])
            }
            Self::Few { creation, current } => {
                let creation = creation.map(CreationContext::span_context);
                let current = current.map(|current| current.span().span_context().clone());
                // Inside of the span that made the message, one link says both.
                let current =
                    current.filter(|current| creation.as_ref().is_none_or(|it| !is_same(it, current)));
                Some([creation, current].into_iter().flatten().map(Link::with_context).collect())
            }
            Self::Many(links) => Some(links()).filter(|links| !links.is_empty()),
        }
    }
}

fn is_same(one: &SpanContext, other: &SpanContext) -> bool {
    one.span_id() == other.span_id() && one.trace_id() == other.trace_id()
}
