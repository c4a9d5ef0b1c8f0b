//! All vectors.

use super::vector::Vector;
use super::{baggage, traceparent, tracestate, transport};

/// All vectors, by row.
pub fn all() -> Vec<Vector> {
    [traceparent::vectors(), tracestate::vectors(), baggage::vectors(), transport::vectors()].concat()
}
