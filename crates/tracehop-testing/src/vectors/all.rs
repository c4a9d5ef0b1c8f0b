//! All vectors.

use super::vector::Vector;
use super::{baggage, relay, traceparent, tracestate, transport, wrapped};

/// All vectors, by row.
pub fn all() -> Vec<Vector> {
    [
        traceparent::vectors(),
        relay::vectors(),
        tracestate::vectors(),
        baggage::vectors(),
        transport::vectors(),
        wrapped::vectors(),
    ]
    .concat()
}
