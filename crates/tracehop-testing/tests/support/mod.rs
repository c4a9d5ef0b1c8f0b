//! What several suites share.
#![allow(clippy::expect_used, reason = "it is for tests")]
#![allow(dead_code, reason = "not every suite needs all of it")]

use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, SystemTime};

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

pub(crate) const NO_PARENT: u64 = 0;

pub(crate) fn context(trace_id: u128, span_id: u64) -> SpanContext {
    let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(span_id));
    SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, TraceState::NONE)
}

/// A span of trace 1 that starts as many seconds after the epoch as its id says.
pub(crate) fn span(span_id: u64, name: &'static str, parent: u64) -> SpanData {
    let start_time = SystemTime::UNIX_EPOCH + Duration::from_secs(span_id);
    SpanData {
        span_context: context(1, span_id),
        parent_span_id: SpanId::from(parent),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time,
        end_time: start_time,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

pub(crate) fn of_kind(kind: SpanKind, span: SpanData) -> SpanData {
    SpanData { span_kind: kind, ..span }
}

pub(crate) fn linking(to: &[SpanContext], mut span: SpanData) -> SpanData {
    span.links.links.extend(to.iter().cloned().map(Link::with_context));
    span
}

pub(crate) fn remote(span: SpanData) -> SpanData {
    SpanData { parent_span_is_remote: true, ..span }
}

/// The message that something panics with.
#[track_caller]
pub(crate) fn message_of(run: impl FnOnce()) -> String {
    let panic = panic::catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    text_of(&*panic)
}

pub(crate) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Compares line by line, because a difference in a long text is hard to see.
#[track_caller]
pub(crate) fn check_lines(text: &str, expected: &[&str]) {
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "{text}");
}
