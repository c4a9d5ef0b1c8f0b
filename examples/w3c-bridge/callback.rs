//! One call back to the suite: the payload of a message from the service.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
pub(crate) struct Callback {
    /// The request that waits for it.
    pub(crate) id: u64,
    pub(crate) url: String,
    pub(crate) arguments: Value,
}
