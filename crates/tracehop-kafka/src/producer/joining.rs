//! A message that may become part of a transaction.

use std::sync::Arc;

use opentelemetry::trace::SpanContext;

use crate::transaction::Transaction;

/// A message that is about to become part of a transaction, or of none.
#[must_use = "the message is not counted unless it is told that the client took it"]
pub(super) struct Joining(Option<(Arc<Transaction>, SpanContext)>);

impl Joining {
    /// A message whose span is this, or that of the call that sends it with others.
    #[inline]
    pub(super) fn new(transaction: Option<Arc<Transaction>>, span: impl FnOnce() -> SpanContext) -> Self {
        Self(transaction.map(|transaction| {
            let span = span();
            transaction.contains(&span);
            (transaction, span)
        }))
    }

    /// The client took the message.
    #[inline]
    pub(super) fn taken(self) {
        if let Some((transaction, span)) = self.0 {
            transaction.sent(span);
        }
    }
}
