//! All observers: the spans first, then those of the user's choice.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{EndedOperation, Observer, Spans, StartedOperation, TracerSource};
use crate::caught::caught;

/// What an observer keeps of one operation. `None` if it panicked.
pub(super) type State = Option<Box<dyn Any + Send + Sync>>;

/// Who watches. Observers of the user's choice are none for most, which costs a look at an empty list.
pub(crate) struct Observers {
    /// Where spans come from. They have a place of their own, because nearly every tracer has them, and what they keep of an
    /// operation needs no box.
    source: Arc<TracerSource>,
    list: Vec<Box<dyn AnyObserver>>,
    panics: AtomicU64,
}

impl Observers {
    #[inline]
    pub(crate) fn source(&self) -> &TracerSource {
        &self.source
    }

    #[inline]
    pub(crate) fn spans(&self) -> Spans<'_> {
        Spans(&self.source)
    }

    /// Sets where spans come from.
    pub(crate) fn set_source(&mut self, source: Arc<TracerSource>) {
        self.source = source;
    }

    pub(crate) fn add(&mut self, observer: impl Observer + 'static) {
        self.list.push(Box::new(observer));
    }

    /// Whether there are none beside the spans.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How often one panicked.
    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    pub(super) fn start(&self, operation: &StartedOperation<'_>) -> Vec<State> {
        let start = |observer: &dyn AnyObserver| self.guard(|| observer.start(operation));
        self.list.iter().map(|observer| start(&**observer)).collect()
    }

    pub(super) fn end(&self, operation: &EndedOperation<'_>, states: Vec<State>) {
        for (observer, state) in self.list.iter().zip(states) {
            if let Some(state) = state {
                self.guard(|| observer.end(operation, state));
            }
        }
    }

    /// A panic of the user's code stays here: it must not become one of the client's.
    fn guard<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        let result = caught(call);
        if result.is_none() {
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}

impl Default for Observers {
    /// None but the spans of the global provider.
    fn default() -> Self {
        Self { source: TracerSource::global(), list: Vec::new(), panics: AtomicU64::new(0) }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers")
            .field("source", &self.source)
            .field("count", &self.list.len())
            .field("panics", &self.panics())
            .finish()
    }
}

/// An observer with any type of state.
trait AnyObserver: Send + Sync {
    fn start(&self, operation: &StartedOperation<'_>) -> Box<dyn Any + Send + Sync>;
    fn end(&self, operation: &EndedOperation<'_>, state: Box<dyn Any + Send + Sync>);
}

impl<O: Observer> AnyObserver for O {
    fn start(&self, operation: &StartedOperation<'_>) -> Box<dyn Any + Send + Sync> {
        Box::new(Observer::start(self, operation))
    }

    fn end(&self, operation: &EndedOperation<'_>, state: Box<dyn Any + Send + Sync>) {
        if let Ok(state) = state.downcast() {
            Observer::end(self, operation, *state);
        }
    }
}
