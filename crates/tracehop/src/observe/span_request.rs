//! A span to start.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, KeyValue};

use super::Links;

/// A span to start: plain data, and attributes that are only made if somebody will see them.
pub(crate) struct SpanRequest<'a> {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: SpanKind,
    pub(crate) parent: &'a Context,
    /// For a span that something runs in: the context that it becomes part of.
    pub(crate) base: Option<&'a Context>,
    pub(crate) links: &'a Links<'a>,
    pub(crate) attributes: &'a dyn Fn() -> Vec<KeyValue>,
    /// Whether they are made before the sampler looks, although the parent is not sampled.
    pub(crate) sampler_sees_all: bool,
    /// `None`: the SDK looks at the clock, if it records the span and nobody else needs to know.
    pub(crate) start_time: Option<SystemTime>,
}
