//! How much a transport takes.

use super::HeaderPatch;

/// How many bytes of headers a transport takes for one message.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use tracehop::{HeaderPatch, Room};
///
/// let mut patch = HeaderPatch::default();
/// patch.set("b3", "0".to_owned());
/// let bytes_of = |name: &str, value: &[u8]| name.len() + value.len();
/// assert_eq!(Room::Bytes(10).lacks(&patch, bytes_of, || 7), None);
/// assert_eq!(Room::Bytes(10).lacks(&patch, bytes_of, || 8), Some("b3"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Any number of bytes.
    Unlimited,
    /// So many bytes at most, with whatever encloses the headers.
    Bytes(usize),
    /// No headers at all.
    None,
}

impl Room {
    /// Whether there is too little room for what `patch` writes; then it is the name of the header that takes most of it.
    ///
    /// `bytes_of` says how many bytes a header takes on the wire, `kept` how many are taken by the headers that stay. A
    /// patch that only removes headers always has room.
    pub fn lacks(
        self,
        patch: &HeaderPatch,
        bytes_of: impl Fn(&str, &[u8]) -> usize,
        kept: impl FnOnce() -> usize,
    ) -> Option<&str> {
        let (longest, _) = patch.headers().max_by_key(|(_, value)| value.len())?;
        let fits = match self {
            Self::Unlimited => true,
            Self::Bytes(room) => {
                let added: usize = patch.headers().map(|(name, value)| bytes_of(name, value)).sum();
                added.saturating_add(kept()) <= room
            }
            Self::None => false,
        };
        (!fits).then_some(longest)
    }
}
