//! Results that a span can read success or failure from.

use std::fmt::Display;

use super::Failure;

/// A result that a span can read success or failure from.
///
/// Implemented for `()`, which is success, and for `Result<T, E>` with any `E` that can be displayed: anyhow's and
/// thiserror's errors, strings, boxed errors.
pub trait Outcome {
    /// The failure, if it is one.
    fn failure(&self) -> Option<Failure<'_>>;
}

impl Outcome for () {
    fn failure(&self) -> Option<Failure<'_>> {
        None
    }
}

impl<T, E: Display + 'static> Outcome for Result<T, E> {
    fn failure(&self) -> Option<Failure<'_>> {
        self.as_ref().err().map(Failure::of)
    }
}
