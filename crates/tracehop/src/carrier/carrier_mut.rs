//! The write side of one message's headers.

use super::{Carrier, HeaderPatch};
use crate::error::CarrierError;

/// The write side of one message's headers.
pub trait CarrierMut: Carrier {
    /// Makes `patch` the only values stored under the names it [owns](HeaderPatch::owns), in any letter case.
    /// All other headers keep place, order and bytes.
    ///
    /// # Errors
    ///
    /// The transport refuses a name or a value; the headers are then unchanged.
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError>;
}

impl<C: CarrierMut + ?Sized> CarrierMut for &mut C {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        (**self).apply(patch)
    }
}
