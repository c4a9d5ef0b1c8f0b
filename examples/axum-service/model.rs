//! What is said between the services.

use serde::{Deserialize, Serialize};

/// What a customer wants.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) lines: u32,
}

/// What became of an order.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Answer {
    pub(crate) id: String,
    /// What was charged; `None` if the order was refused.
    pub(crate) cents: Option<u64>,
}
