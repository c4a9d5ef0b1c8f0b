//! What must hold whatever the bytes are.
//!
//! - `targets`: the one list of what is fuzzed, each a function of bytes.
//! - `laws`: what each target asserts, over any transport.
//! - `transports`: the carriers, made from whatever headers their transport can hold.
//! - `formats`: the list of the propagators that are tried; `format`: what can be expected of one.
//! - `context_names`: the names of context headers, once more.
//! - `input`: headers as bytes and back, so that known headers can be where fuzzing starts.
//! - `harness`: runs the targets on a stable compiler. libFuzzer's programs are in `fuzz_targets/`, one a target.

#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a law that does not hold is told by a panic, to libFuzzer as to the harness"
)]

mod context_names;
mod format;
mod formats;
pub mod harness;
mod input;
mod laws;
mod targets;
mod transports;

pub use targets::run;
