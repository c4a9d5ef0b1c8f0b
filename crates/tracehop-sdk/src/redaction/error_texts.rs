use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::semconv;

/// What becomes of the texts that errors have.
#[derive(Clone, Default)]
pub(super) enum ErrorTexts {
    #[default]
    Keep,
    Drop,
    Scrub(Arc<Scrub>),
}

/// What takes a text's place. `None` if it may stay.
pub(super) type Scrub = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A text that may be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown<'a> {
    AsItIs,
    Text(Cow<'a, str>),
    Nothing,
}

impl ErrorTexts {
    /// Whether an attribute has such a text: by the conventions, or because `tracing` is used so.
    pub(super) fn are_in(key: &str) -> bool {
        matches!(key, semconv::EXCEPTION_MESSAGE | semconv::EXCEPTION_STACKTRACE | semconv::TRACEHOP_REASON)
            || matches!(key, "error" | "error.message" | "error.chain" | "err" | "err.chain")
    }

    pub(super) fn keep_all(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// What of a text is shown. A panic of the user's function takes it away, and is counted.
    pub(super) fn shown(&self, text: &str, panics: &AtomicU64) -> Shown<'static> {
        match self {
            Self::Keep => Shown::AsItIs,
            Self::Drop => Shown::Nothing,
            Self::Scrub(scrub) => match catch_unwind(AssertUnwindSafe(|| scrub(text))) {
                Ok(None) => Shown::AsItIs,
                Ok(Some(text)) => Shown::Text(text.into()),
                Err(_) => {
                    panics.fetch_add(1, Ordering::Relaxed);
                    Shown::Nothing
                }
            },
        }
    }
}

impl fmt::Debug for ErrorTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Drop => "Drop",
            Self::Scrub(_) => "Scrub",
        })
    }
}
