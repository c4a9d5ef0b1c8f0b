//! An event in a file of JSON lines.

use serde::{Deserialize, Serialize};
use tracehop::CreationContext;

/// What happened to an order, with the context in which it did. As JSON a context is an object of its headers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Event<C = CreationContext> {
    pub(crate) order_id: String,
    pub(crate) what: String,
    pub(crate) context: C,
}
