//! Whether a layer tells OpenTelemetry which span is current.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Whether a layer tells OpenTelemetry which span is current. It is found out by looking.
#[derive(Debug, Default)]
pub(super) struct LayerKind {
    seen: AtomicU8,
    is_expected: AtomicBool,
}

/// What was seen of a layer, when a span of `tracing` was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// No layer took note of it.
    Nothing,
    /// A layer asked for its span at once, to make it current.
    Activates,
    /// A layer took note of it, and asked for nothing.
    IsSilent,
}

impl LayerKind {
    const NOTHING: u8 = 1;
    const ACTIVATES: u8 = 2;
    const IS_SILENT: u8 = 3;

    /// Somebody has the tracer for a layer.
    pub(super) fn expect_one(&self) {
        self.is_expected.store(true, Ordering::Relaxed);
    }

    pub(super) fn may_be_there(&self) -> bool {
        self.is_expected.load(Ordering::Relaxed)
    }

    /// What was seen last; `None` before anything was.
    #[inline]
    pub(super) fn get(&self) -> Option<Seen> {
        match self.seen.load(Ordering::Relaxed) {
            Self::NOTHING => Some(Seen::Nothing),
            Self::ACTIVATES => Some(Seen::Activates),
            Self::IS_SILENT => Some(Seen::IsSilent),
            _ => None,
        }
    }

    pub(super) fn set(&self, seen: Seen) {
        let seen = match seen {
            Seen::Nothing => Self::NOTHING,
            Seen::Activates => Self::ACTIVATES,
            Seen::IsSilent => Self::IS_SILENT,
        };
        self.seen.store(seen, Ordering::Relaxed);
    }
}
