//! The span of `tracing` around a handler.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use opentelemetry::Context;
use tracing::Span;
use tracing::span::Entered;

use super::announcement::{Announcement, NAME, QUESTION};
use super::handling::Handling;
use super::here;
use super::layer_kind::Seen;
use super::tracing_bridge::TracingBridge;
use crate::message::InternedStr;

/// The span of `tracing` around one message's handling, which stands for the process span.
pub(super) struct BridgedHandler {
    bridge: TracingBridge,
    system: &'static str,
    destination: Option<InternedStr>,
    /// Whether there is a process span that records.
    records: bool,
    /// No other handler of this process has, or had, the same.
    number: u64,
    /// Made when it is first entered: the subscriber is the one that holds there.
    span: OnceLock<Span>,
    /// Whether layers know by now whose span it is.
    is_settled: AtomicBool,
}

impl BridgedHandler {
    pub(super) fn new(
        bridge: TracingBridge,
        system: &'static str,
        destination: Option<InternedStr>,
        records: bool,
    ) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let (span, is_settled) = (OnceLock::new(), AtomicBool::new(false));
        Self { bridge, system, destination, records, number, span, is_settled }
    }

    /// Makes the span of `tracing` current. `process` is what the handler runs in.
    #[inline]
    pub(super) fn enter(&self, process: &Context) -> Entered<'_> {
        match self.span.get() {
            Some(span) if self.is_settled.load(Ordering::Acquire) => span.enter(),
            _ => self.enter_first(process),
        }
    }

    fn enter_first(&self, process: &Context) -> Entered<'_> {
        let handling = Handling { context: process.clone(), records: self.records };
        let announcement = Announcement::of(self.bridge.id(), self.number, handling);
        let mut is_new = false;
        let span = self.span.get_or_init(|| {
            is_new = true;
            // The message's baggage belongs into the context that a layer makes of it.
            let _active = process.clone().attach();
            if here::is_building() { Span::none() } else { self.make() }
        });
        let entered = span.enter();
        let seen = announcement.seen();
        if !span.is_disabled() {
            self.bridge.has_seen(seen);
        }
        // Another thread that made the span may not have come so far.
        if seen == Seen::IsSilent || !is_new {
            // It would ask when it has to, which may be after the handler. But it needs a parent's span when a child is made.
            announcement.settle(|| drop(self.make_child(span)));
        }
        self.is_settled.store(true, Ordering::Release);
        entered
    }

    fn make(&self) -> Span {
        tracing::info_span!(
            target: "tracehop::process",
            NAME,
            messaging.system = self.system,
            messaging.destination.name = self.destination(),
        )
    }

    /// With the same fields, so that the same filters let it pass.
    #[cold]
    fn make_child(&self, parent: &Span) -> Span {
        tracing::info_span!(
            target: "tracehop::process",
            parent: parent,
            QUESTION,
            messaging.system = self.system,
            messaging.destination.name = self.destination(),
        )
    }

    fn destination(&self) -> Option<&str> {
        self.destination.as_ref().map(InternedStr::as_str)
    }
}
