//! Calls of the application's code that may panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `call` returns, or `None` if it panics: a panic of the application's code must not become one of the client's.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // What it panicked with may panic when it is dropped, and what that panics with too. That one is left alone.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                std::mem::forget(payload);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    struct PanicsWhenDropped(u8);

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Self(self.0 - 1));
            }
        }
    }

    #[test]
    fn whatever_it_panics_with_it_goes_no_further() {
        assert_eq!(caught(|| 7), Some(7));
        for depth in 0..3 {
            assert_eq!(caught(|| -> u8 { panic_any(PanicsWhenDropped(depth)) }), None);
        }
    }
}
