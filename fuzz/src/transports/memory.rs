//! Headers in memory.

use tracehop::{Carrier, CarrierError, MemoryHeaders};

use super::{Edit, Held, Transport};
use crate::input::RawHeader;

pub(crate) struct Memory(MemoryHeaders);

impl Transport for Memory {
    const ORDERED: bool = true;

    fn build(headers: &[RawHeader]) -> Self {
        let header =
            |header: &RawHeader| Some((header.name_text()?.to_owned(), header.value().map(<[u8]>::to_vec)));
        Self(headers.iter().filter_map(header).collect())
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }

    fn edit(&mut self, edit: Edit<'_>) -> Result<(), CarrierError> {
        edit(&mut self.0)
    }

    fn dump(&self) -> Vec<Held> {
        self.0.iter().map(|(name, value)| (name.into(), value.map(<[u8]>::to_vec))).collect()
    }
}
