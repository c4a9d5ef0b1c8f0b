//! One execution.

use std::cell::RefCell;
use std::panic::{catch_unwind, set_hook};

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what a panic says, and prints nothing: it is printed with the input that made it.
pub(super) fn keep_panics() {
    set_hook(Box::new(|panic| {
        LAST.with_borrow_mut(|last| *last = panic.to_string());
    }));
}

/// Runs `law` on `bytes`; what it panicked with, if it did.
pub(super) fn attempt(law: fn(&[u8]), bytes: &[u8]) -> Option<String> {
    catch_unwind(|| law(bytes)).err().map(|_| LAST.with_borrow_mut(std::mem::take))
}
