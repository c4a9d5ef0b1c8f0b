//! Reads what `Message` writes, and everything else too.

use arbitrary::Unstructured;

/// Takes numbers and slices from the front of bytes. It never fails: what is not there is zero, or shorter.
pub(super) struct Reader<'a>(Unstructured<'a>);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or_default()
    }

    pub(super) fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// A slice that says how long it is, in two bytes.
    pub(super) fn slice(&mut self) -> &'a [u8] {
        let length = usize::from(u16::from_le_bytes(self.array()));
        self.0.bytes(length.min(self.0.len())).unwrap_or_default()
    }
}

/// Appends a slice that says how long it is; beyond 65,535 bytes it is cut.
pub(super) fn write_slice(slice: &[u8], bytes: &mut Vec<u8>) {
    let length = u16::try_from(slice.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_le_bytes());
    bytes.extend(slice.iter().take(usize::from(length)));
}
