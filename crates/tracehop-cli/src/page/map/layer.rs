//! Which layer of a map a point stands in.

use crate::api::real;

/// Layers stand at whole numbers.
pub(super) fn layer(x: f64) -> usize {
    (0..10_000_usize).find(|&layer| real(layer) + 0.5 > x).unwrap_or(0)
}
