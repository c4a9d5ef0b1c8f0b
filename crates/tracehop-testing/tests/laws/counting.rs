//! A carrier that counts what is asked of it.

use std::cell::Cell;

use tracehop::{Carrier, CarrierError, CarrierErrorKind, CarrierMut, HeaderPatch, MemoryHeaders};

/// Headers in memory that count how often one of them is shown, and how often a patch is tried.
#[derive(Default)]
pub(crate) struct Counting {
    pub(crate) headers: MemoryHeaders,
    /// So many patches are refused before one is taken.
    pub(crate) refusals: usize,
    pub(crate) shown: Cell<usize>,
    pub(crate) tried: usize,
}

impl Carrier for Counting {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.headers.for_each(&mut |name, value| {
            self.shown.set(self.shown.get() + 1);
            f(name, value);
        });
    }
}

impl CarrierMut for Counting {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.tried += 1;
        if self.tried <= self.refusals {
            return Err(CarrierError::new(CarrierErrorKind::Room, "traceparent", "there is no room"));
        }
        self.headers.apply(patch)
    }
}
