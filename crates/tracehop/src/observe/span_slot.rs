//! The span of an operation in progress, if there is one.

use std::time::SystemTime;

use opentelemetry::global::ObjectSafeSpan;
use opentelemetry::trace::{Link, SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, time};

use super::Failed;
use crate::semconv;

/// A span of any provider.
pub(crate) type AnySpan = Box<dyn ObjectSafeSpan + Send + Sync>;

/// The span of an operation in progress, and where it lives.
#[derive(Default)]
pub(crate) enum SpanSlot {
    /// There is none: no SDK, a suppressed scope, an SDK that was shut down, or it is not wanted.
    #[default]
    Absent,
    /// There is none, but something runs in this context.
    AbsentIn(Context),
    /// Nobody will see it, but its context travels.
    Unrecorded(SpanContext),
    /// The same, in a context for a handler to run in.
    UnrecordedIn(Context),
    /// By itself: nothing runs inside it, so it needs no context.
    Recording(AnySpan),
    /// In a context, for a handler to run in.
    RecordingIn(Context),
}

impl SpanSlot {
    #[inline]
    pub(crate) fn is_recording(&self) -> bool {
        matches!(self, Self::Recording(_) | Self::RecordingIn(_))
    }

    /// The span's own context; `None` if there is no span.
    #[inline]
    pub(crate) fn with_span_context<T>(&self, f: impl FnOnce(Option<&SpanContext>) -> T) -> T {
        match self {
            Self::Absent | Self::AbsentIn(_) => f(None),
            Self::Unrecorded(context) => f(Some(context)),
            Self::Recording(span) => f(Some(span.span_context())),
            Self::UnrecordedIn(cx) | Self::RecordingIn(cx) => f(Some(cx.span().span_context())),
        }
    }

    /// The context to run in, if there is one.
    #[inline]
    pub(crate) fn context(&self) -> Option<&Context> {
        match self {
            Self::AbsentIn(cx) | Self::UnrecordedIn(cx) | Self::RecordingIn(cx) => Some(cx),
            Self::Absent | Self::Unrecorded(_) | Self::Recording(_) => None,
        }
    }

    pub(crate) fn set_attribute(&mut self, attribute: KeyValue) {
        match self {
            Self::Recording(span) => span.set_attribute(attribute),
            Self::RecordingIn(cx) => cx.span().set_attribute(attribute),
            _ => {}
        }
    }

    pub(crate) fn add_event(&mut self, name: &'static str, attributes: Vec<KeyValue>) {
        match self {
            Self::Recording(span) => span.add_event_with_timestamp(name.into(), time::now(), attributes),
            Self::RecordingIn(cx) => cx.span().add_event(name, attributes),
            _ => {}
        }
    }

    pub(crate) fn add_link(&mut self, link: Link) {
        match self {
            Self::Recording(span) => span.add_link(link.span_context, link.attributes),
            Self::RecordingIn(cx) => cx.span().add_link(link.span_context, link.attributes),
            _ => {}
        }
    }

    /// Ends the span, as failed or not. Without a time the SDK looks at the clock.
    #[inline]
    pub(crate) fn conclude(&mut self, failed: Option<&Failed>, ended: Option<SystemTime>) {
        if let Some(failed) = failed {
            self.fail(failed);
        }
        match (self, ended) {
            (Self::Recording(span), None) => span.end(),
            (Self::Recording(span), Some(ended)) => span.end_with_timestamp(ended),
            // The handler may have kept the context alive, in a task it spawned.
            (Self::RecordingIn(cx), None) => cx.span().end(),
            (Self::RecordingIn(cx), Some(ended)) => cx.span().end_with_timestamp(ended),
            _ => {}
        }
    }

    #[cold]
    fn fail(&mut self, failed: &Failed) {
        let Failed { error_type, description } = failed.clone();
        self.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error_type));
        let status = Status::Error { description };
        match self {
            Self::Recording(span) => span.set_status(status),
            Self::RecordingIn(cx) => cx.span().set_status(status),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use opentelemetry::trace::{Span, TraceFlags, TraceState};

    use super::*;

    /// A span that writes down what is done with it, and does not end by itself.
    #[derive(Debug)]
    struct Noting(Arc<Mutex<Vec<String>>>, SpanContext);

    impl Noting {
        fn note(&self, line: impl Into<String>) {
            self.0.lock().unwrap().push(line.into());
        }
    }

    impl Span for Noting {
        fn add_event_with_timestamp<T>(&mut self, name: T, _: SystemTime, attributes: Vec<KeyValue>)
        where
            T: Into<std::borrow::Cow<'static, str>>,
        {
            self.note(format!("event {} {}", name.into(), attributes.len()));
        }

        fn span_context(&self) -> &SpanContext {
            &self.1
        }

        fn is_recording(&self) -> bool {
            true
        }

        fn set_attribute(&mut self, attribute: KeyValue) {
            self.note(format!("attribute {}={}", attribute.key, attribute.value));
        }

        fn set_status(&mut self, status: Status) {
            self.note(format!("{status:?}"));
        }

        fn update_name<T: Into<std::borrow::Cow<'static, str>>>(&mut self, _: T) {}

        fn add_link(&mut self, link: SpanContext, attributes: Vec<KeyValue>) {
            self.note(format!("link {} {}", link.span_id(), attributes.len()));
        }

        fn end_with_timestamp(&mut self, timestamp: SystemTime) {
            let is_given = timestamp == SystemTime::UNIX_EPOCH + Duration::from_secs(7);
            self.note(if is_given { "end at 7" } else { "end now" });
        }
    }

    fn context(span_id: u64) -> SpanContext {
        SpanContext::new(1.into(), span_id.into(), TraceFlags::default(), false, TraceState::default())
    }

    /// Each kind of slot, with what was done with its span until now.
    fn slots() -> [(SpanSlot, Arc<Mutex<Vec<String>>>); 6] {
        let notes = || Arc::<Mutex<Vec<String>>>::default();
        let (alone, within) = (notes(), notes());
        let in_context = Context::new().with_span(Noting(Arc::clone(&within), context(4)));
        [
            (SpanSlot::Absent, notes()),
            (SpanSlot::AbsentIn(Context::new()), notes()),
            (SpanSlot::Unrecorded(context(2)), notes()),
            (SpanSlot::UnrecordedIn(Context::new().with_remote_span_context(context(3))), notes()),
            (SpanSlot::Recording(Box::new(Noting(Arc::clone(&alone), context(5)))), alone),
            (SpanSlot::RecordingIn(in_context), within),
        ]
    }

    #[test]
    fn wherever_it_lives_a_span_that_records_gets_all_and_others_get_nothing() {
        let at_7 = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
        let failed = Failed { error_type: "late".into(), description: "too late".into() };
        for (failed, ended, ending) in [
            (None, None, &["end now"][..]),
            (None, Some(at_7), &["end at 7"]),
            (
                Some(&failed),
                Some(at_7),
                &["attribute error.type=late", "Error { description: \"too late\" }", "end at 7"],
            ),
        ] {
            for (mut slot, notes) in slots() {
                let records = slot.is_recording();
                slot.set_attribute(KeyValue::new("a", 1));
                slot.add_event("weighed", vec![KeyValue::new("grams", 20)]);
                slot.add_link(Link::new(context(9), vec![KeyValue::new("reply", true)], 0));
                slot.conclude(failed, ended);
                let mut expected = vec!["attribute a=1", "event weighed 1", "link 0000000000000009 1"];
                expected.extend(ending);
                expected.retain(|_| records);
                assert_eq!(*notes.lock().unwrap(), expected);
            }
        }
    }

    #[test]
    fn a_slot_knows_its_span_and_what_runs_in_it() {
        let slots = slots();
        let spans = slots
            .each_ref()
            .map(|(slot, _)| slot.with_span_context(|span| span.map(|span| span.span_id().to_bytes()[7])));
        assert_eq!(spans, [None, None, Some(2), Some(3), Some(5), Some(4)]);
        let contexts = slots.each_ref().map(|(slot, _)| slot.context().is_some());
        assert_eq!(contexts, [false, true, false, true, false, true]);
        let records = slots.each_ref().map(|(slot, _)| slot.is_recording());
        assert_eq!(records, [false, false, false, false, true, true]);
    }
}
