//! A header before a transport has it.

use super::reader::{Reader, write_slice};

/// A name, a value, and what the value is: a number that each transport reads in its own way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawHeader {
    pub(crate) kind: u8,
    pub(crate) name: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

impl RawHeader {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const TEXT: u8 = 1;

    /// All headers that the bytes hold.
    pub(crate) fn list(bytes: &[u8]) -> Vec<Self> {
        Self::read_all(&mut Reader::new(bytes))
    }

    pub(super) fn read_all(reader: &mut Reader<'_>) -> Vec<Self> {
        let mut headers = Vec::new();
        while !reader.is_empty() {
            let kind = reader.byte();
            headers.push(Self { kind, name: reader.slice().to_vec(), value: reader.slice().to_vec() });
        }
        headers
    }

    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.kind);
        write_slice(&self.name, bytes);
        write_slice(&self.value, bytes);
    }

    /// The value, `None` if it is null.
    pub(crate) fn value(&self) -> Option<&[u8]> {
        (self.kind != Self::NULL).then_some(&*self.value)
    }

    pub(crate) fn name_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.name).ok()
    }
}
