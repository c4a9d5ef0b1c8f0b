//! Carriers: the headers of one message, to read and to write.

use std::collections::HashMap;
use std::hash::BuildHasher;

use crate::{CarrierError, HeaderPatch};

/// The read side of one message's headers.
///
/// A carrier looks values up by name and nothing else. Which names are asked for, what a repeated, empty,
/// oversized or malformed value means, and that letter case does not matter, are the propagator's rules: they
/// are the same over every carrier. An implementation is a few lines:
///
/// ```
/// use tracehop::{Carrier, MessagePropagator};
///
/// struct Headers(Vec<(String, Vec<u8>)>);
///
/// impl Carrier for Headers {
///     fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
///         self.0.iter().filter(|(key, _)| key == name).for_each(|(_, value)| f(value));
///     }
///     fn names(&self, f: &mut dyn FnMut(&str)) {
///         self.0.iter().for_each(|(key, _)| f(key));
///     }
/// }
///
/// let value = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_vec();
/// let headers = Headers(vec![("Traceparent".into(), value)]);
/// let extracted = MessagePropagator::default().extract(&headers);
/// assert_eq!(extracted.creation.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
/// ```
pub trait Carrier {
    /// Calls `f` with each value stored under exactly `name`, oldest first. A null value is not a value.
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8]));

    /// Calls `f` with the name of each header, in order. Names that are not UTF-8 are left out.
    ///
    /// It is called when no header is named exactly `traceparent`, to find it in another letter case, and for
    /// propagators that search by prefix. A transport that cannot be walked safely keeps the default, which
    /// names nothing.
    fn names(&self, f: &mut dyn FnMut(&str)) {
        let _ = f;
    }

    /// Other names under which this transport is known to deliver `traceparent`, in order of preference.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
}

/// The write side of one message's headers.
pub trait CarrierMut: Carrier {
    /// Makes `patch` the only values stored under the names it [owns](HeaderPatch::owns), in any letter case.
    /// All other headers keep place, order and bytes.
    ///
    /// # Errors
    ///
    /// The transport refuses a name or a value; the headers are then unchanged.
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError>;
}

impl<C: Carrier + ?Sized> Carrier for &C {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        (**self).values(name, f);
    }
    fn names(&self, f: &mut dyn FnMut(&str)) {
        (**self).names(f);
    }
    fn aliases(&self) -> &'static [&'static str] {
        (**self).aliases()
    }
}

impl<C: Carrier + ?Sized> Carrier for &mut C {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        (**self).values(name, f);
    }
    fn names(&self, f: &mut dyn FnMut(&str)) {
        (**self).names(f);
    }
    fn aliases(&self) -> &'static [&'static str] {
        (**self).aliases()
    }
}

/// `None` is a message without headers.
impl<C: Carrier> Carrier for Option<C> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        if let Some(carrier) = self {
            carrier.values(name, f);
        }
    }
    fn names(&self, f: &mut dyn FnMut(&str)) {
        if let Some(carrier) = self {
            carrier.names(f);
        }
    }
    fn aliases(&self) -> &'static [&'static str] {
        self.as_ref().map_or(&[], Carrier::aliases)
    }
}

impl<C: CarrierMut + ?Sized> CarrierMut for &mut C {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        (**self).apply(patch)
    }
}

/// Headers in memory: an ordered list that may repeat names and hold nulls, like Kafka's.
///
/// For tests, for a broker of one's own, and for queues whose headers are rows or JSON.
///
/// ```
/// use tracehop::{Carrier, MemoryHeaders};
///
/// let headers = MemoryHeaders::from_iter([("tenant", Some("a")), ("tenant", None), ("tenant", Some("b"))]);
/// let mut seen = Vec::new();
/// headers.values("tenant", &mut |value| seen.push(value.to_vec()));
/// assert_eq!(seen, [b"a", b"b"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MemoryHeaders(pub Vec<(String, Option<Vec<u8>>)>);

impl MemoryHeaders {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for MemoryHeaders {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl<N: Into<String>, V: Into<Vec<u8>>> FromIterator<(N, Option<V>)> for MemoryHeaders {
    fn from_iter<I: IntoIterator<Item = (N, Option<V>)>>(headers: I) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.into(), value.map(Into::into))).collect())
    }
}

impl Carrier for MemoryHeaders {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        self.0.iter().filter(|(key, _)| key == name).filter_map(|(_, value)| value.as_deref()).for_each(f);
    }
    fn names(&self, f: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|(name, _)| f(name));
    }
}

impl CarrierMut for MemoryHeaders {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.0.retain(|(name, _)| !patch.owns(name.as_bytes()));
        self.0
            .extend(patch.headers().map(|(name, value)| (name.to_owned(), Some(value.as_bytes().to_vec()))));
        Ok(())
    }
}

/// A map holds one value for each name and keeps no order.
impl<S: BuildHasher> Carrier for HashMap<String, String, S> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        if let Some(value) = self.get(name) {
            f(value.as_bytes());
        }
    }
    fn names(&self, f: &mut dyn FnMut(&str)) {
        for name in self.keys() {
            f(name);
        }
    }
}

impl<S: BuildHasher> CarrierMut for HashMap<String, String, S> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.retain(|name, _| !patch.owns(name.as_bytes()));
        self.extend(patch.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(())
    }
}
