//! A map of strings as a carrier. It holds one value for each name and keeps no order.

use std::collections::HashMap;
use std::hash::BuildHasher;

use super::{Carrier, CarrierMut, HeaderPatch};
use crate::error::CarrierError;

impl<S: BuildHasher> Carrier for HashMap<String, String, S> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        for (name, value) in self {
            f(name.as_bytes(), Some(value.as_bytes()));
        }
    }
}

impl<S: BuildHasher> CarrierMut for HashMap<String, String, S> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.retain(|name, _| !patch.owns(name.as_bytes()));
        self.extend(
            patch
                .headers()
                .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned())),
        );
        Ok(())
    }
}
