//! A map of strings.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use tracehop::{Carrier, CarrierError};

use super::{Edit, Held, Transport};
use crate::input::RawHeader;

/// The hasher has no seed of its own: a run must be repeatable, and the order of a map is that of its hashes.
pub(crate) struct Map(HashMap<String, String, BuildHasherDefault<DefaultHasher>>);

impl Transport for Map {
    const ORDERED: bool = false;

    fn build(headers: &[RawHeader]) -> Self {
        let header = |header: &RawHeader| {
            let value = std::str::from_utf8(header.value()?).ok()?;
            Some((header.name_text()?.to_owned(), value.to_owned()))
        };
        Self(headers.iter().filter_map(header).collect())
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }

    fn edit(&mut self, edit: Edit<'_>) -> Result<(), CarrierError> {
        edit(&mut self.0)
    }

    fn dump(&self) -> Vec<Held> {
        self.0.iter().map(|(name, value)| (name.clone().into(), Some(value.clone().into()))).collect()
    }
}
