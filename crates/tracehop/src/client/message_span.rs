//! An operation in progress, as adapters hold it.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::future::Future;
use std::time::SystemTime;
use std::{mem, thread};

use opentelemetry::trace::{Link, SpanContext};
use opentelemetry::{Context, Key, KeyValue, Value, time};

use crate::context::process_record::{FoldedSpan, ProcessedBy};
use crate::message::number;
use crate::observe::{Failed, Metered, Observed, SpanSlot};
use crate::operation::{ErrorNames, Failure};
use crate::semconv;

/// An operation in progress: a send, a receive or a settlement, with its span if there is one.
///
/// It ends exactly once: by [`finish`](Self::finish), [`fail`](Self::fail) or [`end`](Self::end), by one of the methods that
/// call the client, or else when it is dropped, which marks it `abandoned` (or `panic`, if the thread is unwinding). Adapters
/// hold one for each operation, also for those that have no span, so that no adapter needs to ask. For the operation around
/// a handler see [`ProcessSpan`](crate::ProcessSpan).
#[must_use = "the operation ends, marked as abandoned, when this is dropped"]
pub struct MessageSpan {
    slot: SpanSlot,
    errors: ErrorNames,
    /// Only there if somebody beside the span watches.
    observed: Option<Box<Observed>>,
    /// Only there if metrics are recorded.
    metered: Option<Metered>,
    has_ended: bool,
}

impl MessageSpan {
    #[inline]
    pub(super) fn new(
        slot: SpanSlot,
        errors: ErrorNames,
        observed: Option<Box<Observed>>,
        metered: Option<Metered>,
    ) -> Self {
        Self { slot, errors, observed, metered, has_ended: false }
    }

    /// An operation that nobody watches: it has no span, and everything that is done with it does nothing. For what an
    /// adapter does not trace.
    ///
    /// ```
    /// use tracehop::MessageSpan;
    ///
    /// let span = MessageSpan::noop();
    /// assert!(!span.is_recording() && !span.span_context().is_valid());
    /// span.end();
    /// ```
    #[inline]
    pub fn noop() -> Self {
        Self {
            slot: SpanSlot::Absent,
            errors: ErrorNames::none(),
            observed: None,
            metered: None,
            has_ended: true,
        }
    }

    /// The same, but something runs in `cx`.
    #[inline]
    pub(super) fn noop_in(cx: Context) -> Self {
        let mut noop = Self::noop();
        noop.slot = SpanSlot::AbsentIn(cx);
        noop
    }

    /// Makes `cx` the context to run in if there is no span of its own to run in.
    #[inline]
    pub(super) fn run_in_if_absent(&mut self, cx: impl FnOnce() -> Context) {
        if matches!(self.slot, SpanSlot::Absent) {
            self.slot = SpanSlot::AbsentIn(cx());
        }
    }

    #[inline]
    pub(super) fn slot(&self) -> &SpanSlot {
        &self.slot
    }

    /// The span as it is remembered, if there is one.
    #[inline]
    pub(super) fn folded(&self) -> Option<FoldedSpan> {
        self.slot.with_span_context(|own| {
            own.filter(|own| own.is_valid()).map(|own| ProcessedBy::from(own).into())
        })
    }

    /// Whether attributes set now will be seen by anyone. Look before building an expensive one.
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.slot.is_recording()
    }

    /// Whether it is of interest to anyone how the operation ends: to its span, to metrics, or to an observer.
    #[inline]
    pub fn is_watched(&self) -> bool {
        self.is_recording() || self.observed.is_some() || self.metered.is_some()
    }

    /// The span's own context; an invalid one if there is no span.
    pub fn span_context(&self) -> SpanContext {
        self.slot.with_span_context(|context| context.cloned().unwrap_or(SpanContext::NONE))
    }

    /// Sets an attribute, if the span records: anything that OpenTelemetry takes.
    ///
    /// ```
    /// # let mut span = tracehop::MessageSpan::noop();
    /// let id = String::from("ord_42");
    /// span.set_attribute("order.id", id);
    /// span.set_attribute("order.lines", 3);
    /// ```
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        if self.is_recording() {
            self.slot.set_attribute(KeyValue::new(key, value));
        }
    }

    /// Sets the partition the broker chose, if the span records.
    pub fn set_partition(&mut self, partition: impl Into<i64>) {
        let partition = partition.into();
        if let Some(metered) = &mut self.metered {
            metered.set_partition(|| number(partition));
        }
        if self.is_recording() {
            let key = semconv::MESSAGING_DESTINATION_PARTITION_ID;
            self.slot.set_attribute(KeyValue::new(key, number(partition)));
        }
    }

    /// Sets attributes that are made already.
    pub(super) fn set_attributes(&mut self, attributes: Vec<KeyValue>) {
        for attribute in attributes {
            self.slot.set_attribute(attribute);
        }
    }

    /// Says how many messages the operation is about, to its span, to metrics and to observers: an operation is about one unless
    /// told otherwise.
    ///
    /// ```
    /// # let mut span = tracehop::MessageSpan::noop();
    /// span.set_message_count(3);
    /// ```
    pub fn set_message_count(&mut self, count: usize) {
        let value = i64::try_from(count).unwrap_or(i64::MAX);
        self.set_attribute(semconv::MESSAGING_BATCH_MESSAGE_COUNT, value);
        if let Some(observed) = &mut self.observed {
            observed.set_message_count(count);
        }
        if let Some(metered) = &mut self.metered {
            metered.set_message_count(count);
        }
    }

    /// The messages are counted by operations that are parts of this one.
    pub(super) fn leave_counting_to_others(&mut self) {
        if let Some(metered) = &mut self.metered {
            metered.set_message_count(0);
        }
    }

    /// The `error.type` of a failure, and its description.
    #[cold]
    pub(super) fn name_failure(&self, failure: &Failure<'_>) -> (Cow<'static, str>, String) {
        (failure.error_type(&self.errors), failure.description())
    }

    /// Adds an event, if the span records.
    pub fn add_event(&mut self, name: &'static str, attributes: Vec<KeyValue>) {
        self.slot.add_event(name, attributes);
    }

    /// Adds a link, if the span records: for example to the span that sent the reply to a request.
    pub fn add_link(&mut self, link: Link) {
        self.slot.add_link(link);
    }

    /// Ends the operation as the client's result says.
    #[inline]
    pub fn finish<T, E: Display + 'static>(mut self, result: &Result<T, E>) {
        self.conclude(result.as_ref().err().map(Failure::of).as_ref());
    }

    /// Ends the operation as failed.
    #[expect(clippy::needless_pass_by_value, reason = "it says how this ends, and is not needed afterwards")]
    pub fn fail(mut self, failure: Failure<'_>) {
        self.conclude(Some(&failure));
    }

    /// Ends the operation as successful. The span's status stays unset, as the conventions ask.
    #[inline]
    pub fn end(mut self) {
        self.close(None, None);
    }

    /// Ends the operation as of `ended`, failed or successful: for an answer that was looked at later than it came.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use tracehop::{Failure, MessageSpan};
    ///
    /// let answered = SystemTime::now();
    /// MessageSpan::noop().end_at(answered, Some(Failure::new("nack", &"the broker did not take the message")));
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "it says how this ends, and is not needed afterwards")]
    pub fn end_at(mut self, ended: SystemTime, failure: Option<Failure<'_>>) {
        let failed = failure.as_ref().and_then(|failure| self.describe(failure));
        self.close(failed.as_ref(), Some(ended));
    }

    /// Calls the client, and ends the operation as its result says. The result comes back unchanged.
    ///
    /// # Errors
    ///
    /// The client's own.
    ///
    /// ```
    /// use tracehop::MessageSpan;
    ///
    /// let sent: Result<u32, String> = MessageSpan::noop().finish_with(|| Ok(42));
    /// assert_eq!(sent, Ok(42));
    /// ```
    #[inline]
    pub fn finish_with<T, E: Display + 'static>(self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let result = call();
        self.finish(&result);
        result
    }

    /// Awaits the client's future, and ends the operation as its result says. The result comes back unchanged. Nothing is
    /// made current: the client runs as it would without tracing.
    ///
    /// # Errors
    ///
    /// The client's own.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel-safe as `future`. If it is dropped before it is done, the operation ends as `abandoned`.
    #[inline]
    pub async fn finish_after<T, E, F>(self, future: F) -> Result<T, E>
    where
        E: Display + 'static,
        F: Future<Output = Result<T, E>>,
    {
        let result = future.await;
        self.finish(&result);
        result
    }

    /// Ends the operation; nothing is done if it has ended.
    #[inline]
    pub(super) fn conclude(&mut self, failure: Option<&Failure<'_>>) {
        let failed = failure.and_then(|failure| self.describe(failure));
        self.close(failed.as_ref(), None);
    }

    /// What is told of a failure, if anybody listens.
    #[cold]
    fn describe(&self, failure: &Failure<'_>) -> Option<Failed> {
        self.is_watched().then(|| Failed {
            error_type: failure.error_type(&self.errors),
            description: failure.description().into(),
        })
    }

    /// The failure did not become the operation's own: somebody took care of it.
    #[cold]
    pub(super) fn add_handled_failure(&mut self, failure: &Failure<'_>) {
        if self.is_recording() {
            self.add_event(semconv::TRACEHOP_FAILURE_HANDLED, handled_failure(failure, &self.errors));
        }
    }

    /// Ends an operation that did not come to its end by itself; nothing is done if it has ended.
    #[cold]
    pub(super) fn interrupt(&mut self, error_type: &'static str, description: &'static str) {
        self.close(
            Some(&Failed { error_type: Cow::Borrowed(error_type), description: Cow::Borrowed(description) }),
            None,
        );
    }

    #[inline]
    fn close(&mut self, failed: Option<&Failed>, ended: Option<SystemTime>) {
        if mem::replace(&mut self.has_ended, true) {
            return;
        }
        if self.metered.is_some() || self.observed.is_some() {
            return self.close_watched(failed, ended.unwrap_or_else(time::now));
        }
        self.slot.conclude(failed, ended);
    }

    /// Ends it for all who watch at one time.
    #[cold]
    fn close_watched(&mut self, failed: Option<&Failed>, ended: SystemTime) {
        if let Some(metered) = self.metered.take() {
            metered.end(ended, failed);
        }
        match self.observed.take() {
            None => self.slot.conclude(failed, Some(ended)),
            Some(observed) => {
                // What runs because the operation ends still runs in its context.
                let rest = self.slot.context().cloned().map_or(SpanSlot::Absent, SpanSlot::AbsentIn);
                observed.end(mem::replace(&mut self.slot, rest), ended, failed);
            }
        }
    }
}

/// What an event says of a failure that was taken care of.
pub(super) fn handled_failure(failure: &Failure<'_>, names: &ErrorNames) -> Vec<KeyValue> {
    vec![
        KeyValue::new(semconv::ERROR_TYPE, failure.error_type(names)),
        KeyValue::new(semconv::TRACEHOP_REASON, failure.description()),
    ]
}

impl Drop for MessageSpan {
    #[inline]
    fn drop(&mut self) {
        if !self.has_ended {
            let (error_type, description) = if thread::panicking() {
                ("panic", "a panic ended the operation")
            } else {
                ("abandoned", "the operation's span was dropped before it was finished")
            };
            self.interrupt(error_type, description);
        }
    }
}

impl fmt::Debug for MessageSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageSpan").field("span_context", &self.span_context()).finish_non_exhaustive()
    }
}
