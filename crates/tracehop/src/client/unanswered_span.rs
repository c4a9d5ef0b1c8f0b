//! The span of a send whose answer is awaited.

use super::MessageSpan;
use crate::semconv;

/// The operation of a send while the broker's answer is awaited, for clients that tell nobody of the answer but the one who
/// awaits it.
///
/// If it is dropped, it ends without an error and with an event `tracehop.unconfirmed`: the message is on its way, and
/// nobody will know of the answer.
///
/// ```
/// use tracehop::{MessageSpan, UnansweredSpan};
///
/// let mut span = UnansweredSpan::new(MessageSpan::noop());
/// span.answered().end();
/// ```
#[derive(Debug)]
#[must_use = "the operation ends as unconfirmed when this is dropped"]
pub struct UnansweredSpan(Option<MessageSpan>);

impl UnansweredSpan {
    /// Awaits the answer to a send.
    pub fn new(span: MessageSpan) -> Self {
        Self(Some(span))
    }

    /// The answer is there: gives the operation back, to be ended as the answer says. After the first time there is
    /// nothing left to end.
    pub fn answered(&mut self) -> MessageSpan {
        self.0.take().unwrap_or_else(MessageSpan::noop)
    }
}

impl Drop for UnansweredSpan {
    fn drop(&mut self) {
        if let Some(mut span) = self.0.take() {
            span.add_event(semconv::TRACEHOP_UNCONFIRMED, Vec::new());
            span.end();
        }
    }
}
