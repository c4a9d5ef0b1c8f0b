//! What is decided and known of one operation: plain data, and nothing that looks at a context or a clock.

mod decide;
mod error_types;
mod failure;
mod outcome;

pub(crate) use decide::{Local, Parent, Plan, Presence, Situation, decide};
pub(crate) use error_types::{ErrorNames, ErrorTypes};
pub use failure::Failure;
pub use outcome::{OkValue, Outcome};
