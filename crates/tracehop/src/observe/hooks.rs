//! What the application has to say about spans.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::HookMessage;
use crate::caught::caught;

type Filter = Box<dyn Fn(&HookMessage<'_>) -> bool + Send + Sync>;
type SpanName = Box<dyn Fn(&HookMessage<'_>) -> Option<Cow<'static, str>> + Send + Sync>;

/// Which messages have spans, and what these are called. Most tracers have none of it.
#[derive(Default)]
pub(crate) struct Hooks {
    filters: Vec<Filter>,
    span_name: Option<SpanName>,
    pub(crate) panics: Arc<HookPanics>,
}

/// How often a hook panicked.
#[derive(Debug, Default)]
pub(crate) struct HookPanics(AtomicU64);

impl HookPanics {
    /// A panic of the application's code stays here: it must not become one of the client's.
    pub(super) fn guard<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        let result = caught(call);
        if result.is_none() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Hooks {
    pub(crate) fn add_filter(&mut self, wants: impl Fn(&HookMessage<'_>) -> bool + Send + Sync + 'static) {
        self.filters.push(Box::new(wants));
    }

    pub(crate) fn set_span_name(
        &mut self,
        name: impl Fn(&HookMessage<'_>) -> Option<Cow<'static, str>> + Send + Sync + 'static,
    ) {
        self.span_name = Some(Box::new(name));
    }

    #[inline]
    pub(crate) fn has_filters(&self) -> bool {
        !self.filters.is_empty()
    }

    /// Whether the message is to have a span. A filter that panics wants it.
    #[cold]
    pub(crate) fn wants(&self, message: &HookMessage<'_>) -> bool {
        self.filters.iter().all(|wants| self.panics.guard(|| wants(message)).unwrap_or(true))
    }

    #[inline]
    pub(crate) fn has_span_name(&self) -> bool {
        self.span_name.is_some()
    }

    /// The span's name, if it is to have another.
    #[cold]
    pub(crate) fn span_name(&self, message: &HookMessage<'_>) -> Option<Cow<'static, str>> {
        let name = self.span_name.as_ref()?;
        self.panics.guard(|| name(message)).flatten()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("filters", &self.filters.len())
            .field("has_span_name", &self.has_span_name())
            .field("panics", &self.panics)
            .finish_non_exhaustive()
    }
}
