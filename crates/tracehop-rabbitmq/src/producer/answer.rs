//! What the broker's answer to a publish means for its span.

use std::borrow::Cow;
use std::time::SystemTime;

use lapin::message::BasicReturnMessage;
use lapin::{Confirmation, Error, Result};
use tracehop::{Failure, MessageSpan, UnansweredSpan};

use crate::system::{NACK, NotTaken, return_type};

/// Ends the span of a publish as the broker answered, as of `answered` or else now.
///
/// It does not look at a message that came with the answer, because lapin hands returned messages to whichever confirm is
/// answered next.
pub(super) fn end(span: MessageSpan, answer: &Result<Confirmation>, answered: Option<SystemTime>) {
    close(span, failure(answer), answered);
}

/// Why a publish failed, as the broker answered.
pub(super) fn failure(answer: &Result<Confirmation>) -> Option<Failure<'_>> {
    match answer {
        Ok(Confirmation::Nack(_)) => Some(Failure::new(NACK, &NotTaken)),
        Ok(Confirmation::Ack(_) | Confirmation::NotRequested) => None,
        Err(error) => Some(Failure::of(error)),
    }
}

/// Ends the span of a publish that the client gave up.
pub(super) fn fail(span: MessageSpan, error: &Error) {
    span.fail(Failure::of(error));
}

/// Ends the span of a publish of whose answer nobody will know: without an error, and with an event `tracehop.unconfirmed`.
pub(super) fn end_unanswered(span: MessageSpan) {
    drop(UnansweredSpan::new(span));
}

fn close(span: MessageSpan, failure: Option<Failure<'_>>, answered: Option<SystemTime>) {
    match (answered, failure) {
        (Some(answered), failure) => span.end_at(answered, failure),
        (None, Some(failure)) => span.fail(failure),
        (None, None) => span.end(),
    }
}

/// Why the broker returned a message.
pub(super) struct ReturnReason {
    error_type: Cow<'static, str>,
    text: String,
}

impl ReturnReason {
    pub(super) fn of(returned: &BasicReturnMessage) -> Self {
        let BasicReturnMessage { reply_code, reply_text, .. } = returned;
        let text = format!("the broker returned the message: {reply_code} {reply_text}");
        Self { error_type: return_type(returned), text }
    }

    pub(super) fn failure(&self) -> Failure<'_> {
        Failure::new(self.error_type.clone(), &self.text)
    }

    /// Ends the span of a publish whose message the broker returned.
    pub(super) fn end(self, span: MessageSpan) {
        span.fail(self.failure());
    }
}
