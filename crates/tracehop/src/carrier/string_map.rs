//! A map of strings as a carrier. It holds one value for each name and keeps no order.

use std::collections::HashMap;
use std::hash::BuildHasher;

use super::{Carrier, CarrierMut, HeaderPatch, Transport};
use crate::error::{CarrierError, CarrierErrorKind};

impl<S: BuildHasher> Carrier for HashMap<String, String, S> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        for (name, value) in self {
            f(name.as_bytes(), Some(value.as_bytes()));
        }
    }

    fn transport(&self) -> Transport {
        Transport::MAP
    }
}

impl<S: BuildHasher> CarrierMut for HashMap<String, String, S> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        let mut written = Vec::new();
        for (name, value) in patch.headers() {
            let value = String::from_utf8(value.to_vec()).map_err(|_| {
                CarrierError::new(CarrierErrorKind::Value, name.to_owned(), "value is not UTF-8")
            })?;
            written.push((name.to_owned(), value));
        }
        self.retain(|name, _| !patch.owns(name.as_bytes()));
        self.extend(written);
        Ok(())
    }
}
