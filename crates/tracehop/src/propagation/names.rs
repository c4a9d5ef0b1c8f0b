//! The names of the W3C's headers, and how well a name on a message fits one.

use std::sync::Arc;

use crate::carrier::{BAGGAGE, Initials, TRACEPARENT, TRACESTATE};

/// The headers that are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    Traceparent,
    Tracestate,
    Baggage,
}

/// A name as it should be, in another letter case, or another name: what ranks lower counts only if nothing ranks higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Exact,
    OtherCase,
    /// The alias at this place of the list.
    Alias(usize),
}

/// Other names of `traceparent`: those of the transport go before those of the application.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aliases<'a> {
    pub(super) transport: &'a [&'static str],
    pub(super) application: &'a [Arc<str>],
}

impl<'a> Aliases<'a> {
    fn iter(self) -> impl Iterator<Item = &'a str> {
        self.transport.iter().copied().chain(self.application.iter().map(|name| &**name))
    }

    #[inline]
    fn is_empty(self) -> bool {
        self.transport.is_empty() && self.application.is_empty()
    }

    /// The first bytes of all names that are looked for.
    #[inline]
    pub(super) fn initials(self) -> Initials {
        let standard = Initials::of([TRACEPARENT, TRACESTATE, BAGGAGE]);
        let transport = self.transport.iter().fold(standard, |all, name| all.with(name));
        self.application.iter().fold(transport, |all, name| all.with(name))
    }

    /// Whether a name may be one of those that are looked for. Comparing lengths first keeps the walk over ordinary headers
    /// cheap.
    #[inline]
    pub(super) fn may_match(self, name: &[u8]) -> bool {
        matches!(name.len(), 7 | 10 | 11) || !self.is_empty()
    }

    /// Which of the headers is meant by a name, and how well it fits.
    pub(super) fn rank(self, name: &[u8]) -> Option<(Header, Rank)> {
        let standard = [
            (Header::Traceparent, TRACEPARENT.as_bytes()),
            (Header::Tracestate, TRACESTATE.as_bytes()),
            (Header::Baggage, BAGGAGE.as_bytes()),
        ];
        match standard.into_iter().find(|(_, standard)| standard.eq_ignore_ascii_case(name)) {
            Some((header, standard)) if standard == name => Some((header, Rank::Exact)),
            Some((header, _)) => Some((header, Rank::OtherCase)),
            None => {
                let alias = self.iter().position(|alias| alias.as_bytes().eq_ignore_ascii_case(name))?;
                Some((Header::Traceparent, Rank::Alias(alias)))
            }
        }
    }
}
