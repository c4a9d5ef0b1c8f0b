//! What one hop changes in a message's headers.

use std::fmt;

use opentelemetry::propagation::Injector;

use crate::codec::traceparent;

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
    // The W3C's headers have places of their own: nearly every patch has them and no others, and a list of entries costs
    // twice as much to make, walk and drop. Where there is a `traceparent` the `tracestate` is written or removed.
    traceparent: Option<[u8; traceparent::LEN]>,
    tracestate: Change,
    baggage: Change,
    others: Vec<Other>,
    /// The number of the format that writes now.
    format: u8,
    // Names of the transport's own, which are removed.
    aliases: &'static [&'static str],
}

/// A header of another format than the W3C's text.
#[derive(Clone)]
struct Other {
    name: String,
    change: Change,
    /// The number of the format it belongs to. What belongs to none is baggage.
    format: Option<u8>,
}

impl Other {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it holds what vendors say of a span, in a format that has that.
    fn is_state(&self) -> bool {
        let start = self.name.len().saturating_sub(TRACESTATE.len());
        self.name.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(TRACESTATE))
    }

    fn is_written(&self) -> bool {
        self.change.value().is_some()
    }
}

/// What becomes of the headers of one name.
#[derive(Clone, Default)]
enum Change {
    #[default]
    Keep,
    Remove,
    /// The same for all names that begin so.
    RemovePrefix,
    Set(Vec<u8>),
}

impl Change {
    fn of(value: Option<impl Into<Vec<u8>>>) -> Self {
        value.map_or(Self::Remove, |value| Self::Set(value.into()))
    }

    fn is_owning(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    fn value(&self) -> Option<&[u8]> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Remove | Self::RemovePrefix => None,
        }
    }

    /// Only removes what it would set. Whether it would set something.
    fn shed(&mut self) -> bool {
        let sets = self.value().is_some();
        if sets {
            *self = Self::Remove;
        }
        sets
    }
}

impl HeaderPatch {
    /// The headers to write, each name once.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let own = [
            (TRACEPARENT, self.traceparent.as_ref().map(<[u8; traceparent::LEN]>::as_slice)),
            (TRACESTATE, self.tracestate.value()),
            (BAGGAGE, self.baggage.value()),
        ];
        let others = self.others.iter().map(|other| (other.name.as_str(), other.change.value()));
        own.into_iter().chain(others).filter_map(|(name, value)| Some((name, value?)))
    }

    /// The names under which nothing but [`headers`](Self::headers) may remain.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.own_names().chain(self.other_names()).chain(self.aliases.iter().copied())
    }

    /// Whether there is nothing to write but a `traceparent`.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.tracestate.value().is_none() && self.baggage.value().is_none() && self.others.is_empty()
    }

    /// [Sheds](Self::shed) until the names and values to write have so many bytes at most, or there is nothing left to shed.
    /// Whether anything was shed.
    #[cold]
    pub(crate) fn shed_to(&mut self, bytes: usize) -> bool {
        let length =
            |patch: &Self| patch.headers().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        let mut has_shed = false;
        while length(self) > bytes && self.shed() {
            has_shed = true;
        }
        has_shed
    }

    fn own_names(&self) -> impl Iterator<Item = &str> {
        let own = [
            (TRACEPARENT, self.traceparent.is_some()),
            (TRACESTATE, self.tracestate.is_owning()),
            (BAGGAGE, self.baggage.is_owning()),
        ];
        own.into_iter().filter_map(|(name, owns)| owns.then_some(name))
    }

    /// Those of the [`names`](Self::names) that other propagators gave: only they can be such as a transport cannot hold.
    pub fn other_names(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(|other| other.name.as_str())
    }

    /// Whether a header of this name is to be replaced or removed, in any letter case.
    pub fn owns(&self, name: &[u8]) -> bool {
        let is = |owned: &str| owned.as_bytes().eq_ignore_ascii_case(name);
        let own = self.own_names().chain(self.aliases.iter().copied()).any(is);
        own || self.others.iter().any(|other| match other.change {
            Change::RemovePrefix => name
                .get(..other.name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(other.name.as_bytes())),
            _ => is(&other.name),
        })
    }

    /// Removes `traceparent` from where it stands under [other names](crate::Transport::aliases), if the patch changes it under
    /// its own: two contexts on one message would make its readers disagree.
    ///
    /// ```
    /// use opentelemetry::propagation::Injector;
    /// use tracehop::HeaderPatch;
    ///
    /// let mut patch = HeaderPatch::default();
    /// patch.remove_aliases(&["x-parent"]);
    /// assert!(!patch.owns(b"x-parent"));
    ///
    /// patch.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    /// patch.remove_aliases(&["x-parent"]);
    /// assert!(patch.owns(b"X-Parent"));
    /// ```
    #[inline]
    pub fn remove_aliases(&mut self, aliases: &'static [&'static str]) {
        if !aliases.is_empty() && (self.traceparent.is_some() || self.owns(TRACEPARENT.as_bytes())) {
            self.aliases = aliases;
        }
    }

    /// Whether the patch changes nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.traceparent.is_none()
            && !self.tracestate.is_owning()
            && !self.baggage.is_owning()
            && self.others.is_empty()
    }

    /// Writes a trace context.
    #[inline]
    pub(crate) fn put_trace(&mut self, traceparent: [u8; traceparent::LEN], tracestate: Option<String>) {
        self.traceparent = Some(traceparent);
        self.tracestate = Change::of(tracestate);
    }

    /// Writes baggage, or only removes it.
    #[inline]
    pub(crate) fn put_baggage(&mut self, baggage: Option<String>) {
        self.baggage = Change::of(baggage);
    }

    /// Removes the baggage that is there, unless the patch writes some.
    #[inline]
    pub(crate) fn remove_baggage(&mut self) {
        if !self.baggage.is_owning() {
            self.baggage = Change::Remove;
        }
    }

    /// What is written from now on is another format's.
    pub(crate) fn next_format(&mut self) {
        self.format = self.format.saturating_add(1);
    }

    /// Writes another header, unless there is one of this name.
    pub(crate) fn put(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.put_other(name, value.into(), Some(self.format));
    }

    /// Writes a header that holds a member of the baggage, unless there is one of this name.
    pub(crate) fn put_member(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.put_other(name, value.into(), None);
    }

    fn put_other(&mut self, name: &str, value: Vec<u8>, format: Option<u8>) {
        if self.own_names().any(|own| own.eq_ignore_ascii_case(name)) {
            return;
        }
        let change = Change::Set(value);
        match self.others.iter_mut().find(|other| other.is(name)) {
            Some(other) if !other.is_written() => (other.change, other.format) = (change, format),
            Some(_) => {}
            None => self.others.push(Other { name: name.to_owned(), change, format }),
        }
    }

    /// Removes all headers whose names begin so, unless the patch writes them.
    pub(crate) fn remove_prefix(&mut self, prefix: &'static str) {
        let format = Some(self.format);
        self.others.push(Other { name: prefix.to_owned(), change: Change::RemovePrefix, format });
    }

    /// Removes what stands under the name of another propagator, unless the patch writes it.
    pub(crate) fn remove(&mut self, name: &str) {
        if !self.owns(name.as_bytes()) {
            let format = Some(self.format);
            self.others.push(Other { name: name.to_owned(), change: Change::Remove, format });
        }
    }

    /// Leaves out one header that a transport cannot hold, unless it is what matters most. Whether it was to be written.
    pub(crate) fn leave_out(&mut self, name: &str) -> bool {
        if name.eq_ignore_ascii_case(TRACEPARENT) {
            return false;
        }
        let own = [(TRACESTATE, &mut self.tracestate), (BAGGAGE, &mut self.baggage)];
        let others = self.others.iter_mut().map(|other| (other.name.as_str(), &mut other.change));
        let mut all = own.into_iter().chain(others);
        all.find(|(known, _)| known.eq_ignore_ascii_case(name)).is_some_and(|(_, change)| change.shed())
    }

    /// Leaves out what matters least of what is to be written: first baggage, then other formats than the first, then the
    /// `tracestate`. Whether there was anything but what matters most. A context without its baggage is whole; half of a
    /// context is none.
    pub(crate) fn shed(&mut self) -> bool {
        let has_shed = self.baggage.shed();
        if self.shed_others(|other| other.format.is_none()) || has_shed {
            return true;
        }
        // The binary form stands among the others.
        let is_of_w3c = |other: &Other| other.is(TRACEPARENT) || other.is(TRACESTATE);
        let is_there = self.traceparent.is_some()
            || self.others.iter().any(|other| other.is(TRACEPARENT) && other.is_written());
        if is_there {
            return self.shed_others(|other| !is_of_w3c(other))
                || self.tracestate.shed()
                || self.shed_others(|other| other.is(TRACESTATE));
        }
        let first =
            self.others.iter().filter(|other| other.is_written()).filter_map(|other| other.format).min();
        self.shed_others(|other| other.format > first) || self.shed_others(Other::is_state)
    }

    fn shed_others(&mut self, matters_least: impl Fn(&Other) -> bool) -> bool {
        let mut has_shed = false;
        for other in self.others.iter_mut().filter(|other| matters_least(other)) {
            has_shed |= other.change.shed();
        }
        has_shed
    }
}

/// Any OpenTelemetry propagator can write a patch. An empty value removes the header, because the SDK's propagator sets
/// an empty `tracestate`, which should not be sent. What is there in one of the W3C's formats stays.
impl Injector for HeaderPatch {
    fn set(&mut self, key: &str, value: String) {
        let change = Change::of(Some(value).filter(|value| !value.is_empty()));
        if self.own_names().any(|name| name.eq_ignore_ascii_case(key)) {
            return;
        }
        let format = Some(self.format);
        match self.others.iter_mut().find(|other| other.is(key)) {
            Some(other) => other.change = change,
            None => self.others.push(Other { name: key.to_owned(), change, format }),
        }
    }
}

impl fmt::Debug for HeaderPatch {
    /// Prints the names only: baggage may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
