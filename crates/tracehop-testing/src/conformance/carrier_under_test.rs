//! What a carrier is tested through.

use std::collections::HashMap;
use std::hash::BuildHasher;

use tracehop::{CarrierMut, MemoryHeaders};

use crate::Header;

/// A carrier that can be made from any headers which its transport can hold, and that shows what it holds.
///
/// ```
/// use tracehop::MemoryHeaders;
/// use tracehop_testing::CarrierUnderTest;
///
/// let headers = vec![(b"tenant".to_vec(), Some(b"a".to_vec())), (b"tenant".to_vec(), None)];
/// assert_eq!(MemoryHeaders::build(&headers).unwrap().dump(), headers);
/// // Its names are strings, so it cannot hold this one.
/// assert!(MemoryHeaders::build(&[(b"\xff".to_vec(), None)]).is_none());
/// ```
pub trait CarrierUnderTest: CarrierMut + Sized {
    /// Whether headers keep their order.
    const ORDERED: bool;

    /// Whether a name may stand more than once.
    const REPEATS: bool;

    /// The headers of a message that came in. `None` if the transport cannot hold them.
    fn build(headers: &[Header]) -> Option<Self>;

    /// All headers, as the transport would send them.
    fn dump(&self) -> Vec<Header>;
}

impl CarrierUnderTest for MemoryHeaders {
    const ORDERED: bool = true;
    const REPEATS: bool = true;

    fn build(headers: &[Header]) -> Option<Self> {
        let header = |(name, value): &Header| Some((String::from_utf8(name.clone()).ok()?, value.clone()));
        headers.iter().map(header).collect::<Option<Vec<_>>>().map(Self::from)
    }

    fn dump(&self) -> Vec<Header> {
        self.clone().into_vec().into_iter().map(|(name, value)| (name.into_bytes(), value)).collect()
    }
}

impl<S: BuildHasher + Default> CarrierUnderTest for HashMap<String, String, S> {
    const ORDERED: bool = false;
    const REPEATS: bool = false;

    fn build(headers: &[Header]) -> Option<Self> {
        let mut map = Self::default();
        for (name, value) in headers {
            let (name, value) = (String::from_utf8(name.clone()), String::from_utf8(value.clone()?));
            if map.insert(name.ok()?, value.ok()?).is_some() {
                return None;
            }
        }
        Some(map)
    }

    fn dump(&self) -> Vec<Header> {
        self.iter()
            .map(|(name, value)| (name.clone().into_bytes(), Some(value.clone().into_bytes())))
            .collect()
    }
}
