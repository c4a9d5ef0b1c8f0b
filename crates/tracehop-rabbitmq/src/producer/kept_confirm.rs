//! A confirm that nobody awaits, and when it was answered.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::time::SystemTime;

use lapin::message::BasicReturnMessage;
use lapin::{Confirmation, PublisherConfirm, Result};
use opentelemetry::time;
use tracehop::MessageSpan;

use super::answer;

/// A confirm that nobody awaits, and the span of its publish.
pub(super) struct KeptConfirm {
    span: MessageSpan,
    confirm: PublisherConfirm,
    /// When the answer came. It stays unset if that was before the confirm was kept.
    time: Arc<AnswerTime>,
    answer: Option<Result<Confirmation>>,
}

impl KeptConfirm {
    pub(super) fn new(span: MessageSpan, confirm: PublisherConfirm) -> Self {
        let mut kept = Self { span, confirm, time: Arc::default(), answer: None };
        kept.poll();
        kept
    }

    /// Whether the broker has answered.
    pub(super) fn is_answered(&mut self) -> bool {
        if self.answer.is_none() && self.time.0.get().is_some() {
            self.poll();
        }
        self.answer.is_some()
    }

    fn poll(&mut self) {
        let waker = Waker::from(Arc::clone(&self.time));
        if let Poll::Ready(answer) = Pin::new(&mut self.confirm).poll(&mut Context::from_waker(&waker)) {
            self.answer = Some(answer);
        }
    }

    /// A returned message that came with the answer. It is that of another publish, because this one's cannot be returned:
    /// lapin hands it to whichever confirm is answered next.
    pub(super) fn take_returned(&mut self) -> Option<BasicReturnMessage> {
        match &mut self.answer {
            Some(Ok(Confirmation::Ack(message) | Confirmation::Nack(message))) => message.take(),
            _ => None,
        }
    }

    /// Ends the span as the broker answered, and as of when. Without an answer the span says that there is none.
    pub(super) fn end(self) {
        let Self { span, answer, time, .. } = self;
        match answer {
            Some(answer) => answer::end(span, &answer, time.0.get().copied()),
            None => answer::end_unanswered(span),
        }
    }
}

/// When an answer came. lapin wakes this while it holds a lock of the confirm, so the answer cannot be looked at here.
#[derive(Default)]
struct AnswerTime(OnceLock<SystemTime>);

impl Wake for AnswerTime {
    fn wake(self: Arc<Self>) {
        let _ = self.0.set(time::now());
    }
}
