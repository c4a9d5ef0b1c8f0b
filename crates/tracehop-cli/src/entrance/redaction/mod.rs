//! What is taken out of spans and log records before anything else sees them.
//!
//! - [`Rule`]: one rule, such as `mask:db.query.text`.
//! - [`pattern`]: keys with wildcards.
//! - [`RedactionKey`]: what makes a hash that nobody else can make.
//! - [`hashed`]: which values of a request that is kept are hashes.
//! - [`Redaction`]: all rules, and which of them holds for a key.
//! - [`requests`]: the walk through a request.

mod hashed;
mod key;
mod pattern;
mod redaction;
mod requests;
mod rule;

pub(crate) use hashed::Hashed;
pub use key::{KeyTooShort, RedactionKey};
pub use redaction::Redaction;
pub use rule::{BadRule, Rule};
