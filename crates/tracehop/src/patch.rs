//! What one hop changes in a message's headers.

use std::fmt;

use opentelemetry::propagation::Injector;

pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";
pub(crate) const BAGGAGE: &str = "baggage";

/// The headers one hop wants set, and the names under which nothing else may remain.
///
/// It is applied as one edit ([`CarrierMut::apply`](crate::CarrierMut::apply)), so that a message that is published
/// ten times carries each context header once. The `traceparent` is held inline; a patch without `tracestate` and
/// baggage allocates nothing.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use tracehop::{CarrierMut, HeaderPatch, MemoryHeaders};
///
/// let mut patch = HeaderPatch::default();
/// patch.set("b3", "0".to_owned());
/// assert!(patch.owns(b"B3"));
///
/// let mut headers = MemoryHeaders::from_iter([("b3", Some("1")), ("tenant", Some("a"))]);
/// headers.apply(&patch)?;
/// assert_eq!(headers, MemoryHeaders::from_iter([("tenant", Some("a")), ("b3", Some("0"))]));
/// # Ok::<(), tracehop::CarrierError>(())
/// ```
#[derive(Clone, Default)]
pub struct HeaderPatch {
    pub(crate) owns_trace: bool,
    pub(crate) owns_baggage: bool,
    pub(crate) traceparent: Option<[u8; 55]>,
    pub(crate) tracestate: Option<String>,
    pub(crate) baggage: Option<String>,
    /// Headers of other propagators; `None` only removes.
    pub(crate) others: Vec<(String, Option<String>)>,
}

impl HeaderPatch {
    /// The headers to write, each name once.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let traceparent = self.traceparent.as_ref().and_then(|text| std::str::from_utf8(text).ok());
        [
            (TRACEPARENT, traceparent),
            (TRACESTATE, self.tracestate.as_deref()),
            (BAGGAGE, self.baggage.as_deref()),
        ]
        .into_iter()
        .chain(self.others.iter().map(|(name, value)| (name.as_str(), value.as_deref())))
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The names under which nothing but [`headers`](Self::headers) may remain.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let trace = self.owns_trace.then_some([TRACEPARENT, TRACESTATE]).into_iter().flatten();
        let baggage = self.owns_baggage.then_some(BAGGAGE);
        trace.chain(baggage).chain(self.others.iter().map(|(name, _)| name.as_str()))
    }

    /// Whether a header of this name is to be replaced or removed, in any letter case.
    pub fn owns(&self, name: &[u8]) -> bool {
        self.names().any(|owned| owned.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Leaves out what other propagators wrote under the names of our own.
    pub(crate) fn drop_doubles(&mut self) {
        let (trace, baggage) = (self.owns_trace, self.owns_baggage);
        self.others.retain(|(name, _)| {
            let is = |own: &str| name.eq_ignore_ascii_case(own);
            !(trace && (is(TRACEPARENT) || is(TRACESTATE)) || baggage && is(BAGGAGE))
        });
    }

    /// Leaves out what matters least of what is to be written. Whether there was anything but the `traceparent`.
    pub(crate) fn shed(&mut self) -> bool {
        let others = self.others.iter().any(|(_, value)| value.is_some());
        if self.baggage.take().is_some() {
            return true;
        }
        if others && self.traceparent.is_some() {
            self.others.iter_mut().for_each(|(_, value)| *value = None);
            return true;
        }
        self.traceparent.is_some() && self.tracestate.take().is_some()
    }

    /// Whether the patch changes nothing.
    pub fn is_empty(&self) -> bool {
        self.names().next().is_none()
    }
}

/// Any OpenTelemetry propagator can write a patch. An empty value removes the header: the SDK's sets an empty
/// `tracestate`, which should not be sent.
impl Injector for HeaderPatch {
    fn set(&mut self, key: &str, value: String) {
        let value = Some(value).filter(|value| !value.is_empty());
        match self.others.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            Some((_, slot)) => *slot = value,
            None => self.others.push((key.to_owned(), value)),
        }
    }
}

impl fmt::Debug for HeaderPatch {
    /// Prints the names only: baggage may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
