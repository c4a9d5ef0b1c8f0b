//! What this thread is in the middle of.

use std::cell::Cell;

use opentelemetry::trace::SpanId;

thread_local! {
    static HANDLER: Cell<Option<SpanId>> = const { Cell::new(None) };
    static IS_BUILDING: Cell<bool> = const { Cell::new(false) };
}

/// That a handler runs here, of which `tracing` knows. It holds until this is dropped.
pub(super) struct InHandler {
    before: Option<SpanId>,
}

impl InHandler {
    /// A handler in whose context this span is current.
    #[inline]
    pub(super) fn of(span: SpanId) -> Self {
        Self { before: HANDLER.replace(Some(span)) }
    }
}

impl Drop for InHandler {
    #[inline]
    fn drop(&mut self) {
        HANDLER.set(self.before);
    }
}

/// Whether a handler runs here in whose context this span is current.
pub(super) fn is_in_handler_of(span: SpanId) -> bool {
    HANDLER.get() == Some(span)
}

/// That a layer waits for a span. It may hold a lock of its own, so nothing must be asked of it now.
pub(super) struct Building {
    before: bool,
}

impl Building {
    #[inline]
    pub(super) fn start() -> Self {
        Self { before: IS_BUILDING.replace(true) }
    }
}

impl Drop for Building {
    #[inline]
    fn drop(&mut self) {
        IS_BUILDING.set(self.before);
    }
}

pub(super) fn is_building() -> bool {
    IS_BUILDING.get()
}
