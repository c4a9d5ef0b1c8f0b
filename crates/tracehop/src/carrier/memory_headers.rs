//! Headers in memory.

use std::fmt;

use super::{Carrier, CarrierMut, HeaderNames, HeaderPatch};
use crate::error::CarrierError;

/// Headers in memory: an ordered list that may repeat names and hold nulls, like Kafka's.
///
/// It is for tests, for a broker of one's own, and for queues whose headers are rows or JSON.
///
/// ```
/// use tracehop::{Carrier, MemoryHeaders};
///
/// let mut headers = MemoryHeaders::from_iter([("tenant", Some("a"))]);
/// headers.push("flag", None::<&str>);
/// let mut names = Vec::new();
/// headers.for_each(&mut |name, _| names.push(name.to_vec()));
/// assert_eq!(names, [b"tenant".to_vec(), b"flag".to_vec()]);
/// assert!(headers.iter().eq([("tenant", Some(&b"a"[..])), ("flag", None)]));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MemoryHeaders(Vec<(String, Option<Vec<u8>>)>);

impl MemoryHeaders {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header at the end. `None` is a header without a value.
    pub fn push(&mut self, name: impl Into<String>, value: Option<impl Into<Vec<u8>>>) {
        self.0.push((name.into(), value.map(Into::into)));
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, Option<&[u8]>)> + ExactSizeIterator {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// How many headers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no headers.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, in order.
    pub fn into_vec(self) -> Vec<(String, Option<Vec<u8>>)> {
        self.0
    }
}

impl From<Vec<(String, Option<Vec<u8>>)>> for MemoryHeaders {
    fn from(headers: Vec<(String, Option<Vec<u8>>)>) -> Self {
        Self(headers)
    }
}

impl fmt::Debug for MemoryHeaders {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HeaderNames(self).fmt(f)
    }
}

impl<N: Into<String>, V: Into<Vec<u8>>> FromIterator<(N, Option<V>)> for MemoryHeaders {
    fn from_iter<I: IntoIterator<Item = (N, Option<V>)>>(headers: I) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.into(), value.map(Into::into))).collect())
    }
}

impl Carrier for MemoryHeaders {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.0.iter().for_each(|(name, value)| f(name.as_bytes(), value.as_deref()));
    }
}

impl CarrierMut for MemoryHeaders {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.0.retain(|(name, _)| !patch.owns(name.as_bytes()));
        self.0.extend(patch.headers().map(|(name, value)| (name.to_owned(), Some(value.to_vec()))));
        Ok(())
    }
}
