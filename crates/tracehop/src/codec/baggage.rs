//! `baggage`, [W3C Baggage].
//!
//! Like `tracestate` it stays text until a span is started: reading a message that carries baggage costs one
//! string, and a relay passes every member on as it was.
//!
//! [W3C Baggage]: https://www.w3.org/TR/baggage/

use opentelemetry::baggage::{Baggage, BaggageMetadata};

use super::OWS;
use super::percent::{is_octet, percent_decode, percent_encode};

/// The most members and bytes a propagator must carry, and the most this one does.
pub(crate) const MAX_MEMBERS: usize = 64;
pub(crate) const MAX_BYTES: usize = 8192;

/// How much of a message's baggage is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) members: usize,
    pub(crate) bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { members: MAX_MEMBERS, bytes: MAX_BYTES }
    }
}

/// Gathers the values of a message's `baggage` headers into one validated text.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    limits: Limits,
    text: String,
    members: usize,
    dropped: usize,
}

impl Collector {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes one header's value; several combine. Whole members beyond the limits are dropped and counted.
    pub(crate) fn push(&mut self, value: &[u8]) {
        for member in value.split(|byte| *byte == b',') {
            let Some(member) = std::str::from_utf8(member).ok().map(|text| text.trim_matches(OWS)) else {
                self.dropped += 1;
                continue;
            };
            if member.is_empty() {
                continue;
            }
            let separator = usize::from(!self.text.is_empty());
            let fits = self.members < self.limits.members
                && self.text.len() + separator + member.len() <= self.limits.bytes;
            if !fits || split(member).is_none() {
                self.dropped += 1;
                continue;
            }
            if separator == 1 {
                self.text.push(',');
            }
            self.text.push_str(member);
            self.members += 1;
        }
    }

    /// How many members there are so far.
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// How many members were left out so far.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped
    }

    /// The combined text and the number of members that were left out.
    pub(crate) fn finish(self) -> (Option<Box<str>>, usize) {
        ((self.members > 0).then(|| self.text.into_boxed_str()), self.dropped)
    }
}

/// Key, raw value and raw properties of one member, `None` if it is not a member.
fn split(member: &str) -> Option<(&str, &str, &str)> {
    let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
    let (key, value) = pair.split_once('=')?;
    let (key, value, properties) =
        (key.trim_matches(OWS), value.trim_matches(OWS), properties.trim_matches(OWS));
    let printable = |text: &str| text.bytes().all(|byte| byte == b'\t' || matches!(byte, 0x20..=0x7e));
    (is_token(key) && value.bytes().all(is_octet) && printable(properties))
        .then_some((key, value, properties))
}

fn is_token(key: &str) -> bool {
    !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_graphic() && !br#"(),/:;<=>?@[\]{}""#.contains(&byte))
}

/// The members as OpenTelemetry's type, values decoded.
pub(crate) fn decode(text: &str) -> Baggage {
    let mut baggage = Baggage::new();
    for (key, value, properties) in text.split(',').filter_map(split) {
        let metadata = if properties.is_empty() { BaggageMetadata::default() } else { properties.into() };
        baggage.insert_with_metadata(key.to_owned(), percent_decode(value).into_owned(), metadata);
    }
    baggage
}

/// The members of a validated text whose keys `allowed` lets pass.
pub(crate) fn filter(text: &str, allowed: &dyn Fn(&str) -> bool) -> Option<Box<str>> {
    let mut collector = Collector::default();
    for member in text.split(',').filter(|member| split(member).is_some_and(|(key, ..)| allowed(key))) {
        collector.push(member.as_bytes());
    }
    collector.finish().0
}

/// The header for `baggage`, and the number of members that did not fit. Only members that `allowed` lets pass
/// are written. `None` if there is none.
pub(crate) fn encode(baggage: &Baggage, allowed: &dyn Fn(&str) -> bool) -> (Option<String>, usize) {
    encode_after("", baggage, allowed)
}

/// The same behind the members of `own`, a validated text, which stand first. Of a key that is in both, `own` counts.
pub(crate) fn encode_after(
    own: &str,
    baggage: &Baggage,
    allowed: &dyn Fn(&str) -> bool,
) -> (Option<String>, usize) {
    let own_keys: Vec<&str> = own.split(',').filter_map(split).map(|(key, ..)| key).collect();
    let is_written = |key: &str| allowed(key) && !own_keys.contains(&key);
    let mut members: Vec<_> = baggage.iter().filter(|(key, _)| is_written(key.as_str())).collect();
    // The map has no order of its own; a stable one makes equal messages equal.
    members.sort_unstable_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
    let mut collector = Collector::default();
    collector.push(own.as_bytes());
    let mut member = String::new();
    for (key, (value, metadata)) in members {
        member.clear();
        member.push_str(key.as_str());
        member.push('=');
        percent_encode(value.as_str(), &mut member);
        if !metadata.as_str().is_empty() {
            member.push(';');
            member.push_str(metadata.as_str());
        }
        // A comma in the properties would split the member in two: it does not fit either.
        if member.contains(',') {
            collector.dropped += 1;
        } else {
            collector.push(member.as_bytes());
        }
    }
    let (text, dropped) = collector.finish();
    (text.map(String::from), dropped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_value_survives_the_round_trip(value: String) {
            prop_assume!(value.len() < 2000);
            let mut baggage = Baggage::new();
            baggage.insert("key", value.clone());
            let (header, dropped) = encode(&baggage, &|_| true);
            prop_assert_eq!(dropped, 0);
            let read = decode(&header.unwrap());
            prop_assert_eq!(read.get("key").map(opentelemetry::StringValue::as_str), Some(value.as_str()));
        }

        #[test]
        fn what_is_gathered_is_within_the_limits_and_stable(values: Vec<Vec<u8>>) {
            let mut collector = Collector::default();
            for value in &values {
                collector.push(value);
            }
            if let (Some(text), _) = collector.finish() {
                prop_assert!(text.len() <= MAX_BYTES);
                let mut again = Collector::default();
                again.push(text.as_bytes());
                prop_assert_eq!(again.finish(), (Some(text), 0));
            }
        }
    }

    #[test]
    fn a_filtered_member_is_not_written() {
        let mut baggage = Baggage::new();
        baggage.insert("tenant", "a");
        baggage.insert("secret", "b");
        assert_eq!(encode(&baggage, &|key| key == "tenant"), (Some("tenant=a".to_owned()), 0));
    }

    fn gather(values: &[&str]) -> (Option<Box<str>>, usize) {
        let mut collector = Collector::default();
        for value in values {
            collector.push(value.as_bytes());
        }
        collector.finish()
    }

    #[test]
    fn baggage_may_have_8192_bytes_with_its_commas() {
        // `a=` and the first value, a comma, `b=` and the second one.
        for (first, second, kept) in
            [(8190, None, 1), (8191, None, 0), (4093, Some(4094), 2), (4093, Some(4095), 1)]
        {
            let member = |key: &str, bytes: usize| format!("{key}={}", "x".repeat(bytes));
            let values = [Some(member("a", first)), second.map(|bytes| member("b", bytes))];
            let values: Vec<&str> = values.iter().flatten().map(String::as_str).collect();
            for (text, dropped) in [gather(&values), gather(&[&values.join(",")])] {
                let members = text.map_or(0, |text| text.split(',').count());
                assert_eq!((members, members + dropped), (kept, values.len()), "{first} and {second:?}");
            }
        }
    }

    #[test]
    fn properties_are_printable_text() {
        for (properties, is_kept) in [
            ("p", true),
            ("p=1;q", true),
            ("p=\"a b\"", true),
            ("p\tq", true),
            ("p~", true),
            ("p\u{1}", false),
            ("p\u{7f}", false),
            ("p\u{1f}q", false),
            ("é", false),
        ] {
            let member = format!("a=1;{properties}");
            let expected = if is_kept { (Some(member.as_str().into()), 0) } else { (None, 1) };
            assert_eq!(gather(&[&member]), expected, "{properties:?}");
        }
    }
}
