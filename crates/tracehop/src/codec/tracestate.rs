//! `tracestate`, [W3C Trace Context level 2], section 3.3.
//!
//! Inside tracehop it stays the text it was, validated: OpenTelemetry's own `TraceState` refuses keys that
//! level 2 allows (`a@b@c`), and building it costs two strings a member. It becomes a `TraceState` only when
//! a span is started under it.
//!
//! [W3C Trace Context level 2]: https://www.w3.org/TR/trace-context-2/#tracestate-header

use opentelemetry::trace::TraceState;

use super::OWS;

/// The most list members the specification allows.
const MAX_MEMBERS: usize = 32;

/// The most bytes 32 members can have (key 256, value 256, two separators), and as many again for white space.
const MAX_BYTES: usize = 2 * MAX_MEMBERS * (256 + 256 + 2);

/// Gathers the values of a message's `tracestate` headers into one validated text.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    text: String,
    members: usize,
    invalid: bool,
}

impl Collector {
    /// Takes one header's value; several combine in order.
    pub(crate) fn push(&mut self, value: &[u8]) {
        if !self.invalid {
            self.invalid = self.try_push(value).is_none();
        }
    }

    fn try_push(&mut self, value: &[u8]) -> Option<()> {
        let value = (value.len() <= MAX_BYTES).then(|| std::str::from_utf8(value).ok()).flatten()?;
        // Exactly as much as it takes, so that the kept text is not moved once more.
        self.text.reserve_exact(value.len() + usize::from(!self.text.is_empty()));
        for member in
            value.split(',').map(|member| member.trim_matches(OWS)).filter(|member| !member.is_empty())
        {
            self.members += 1;
            if self.members > MAX_MEMBERS || !is_member(member) {
                return None;
            }
            if !self.text.is_empty() {
                self.text.push(',');
            }
            self.text.push_str(member);
        }
        Some(())
    }

    /// Whether a value was not allowed.
    pub(crate) fn is_malformed(&self) -> bool {
        self.invalid
    }

    /// The combined text: `Ok(None)` if there is none, `Err` if any of it is not allowed. One bad member
    /// spoils all, as the specification asks.
    pub(crate) fn finish(self) -> Result<Option<Box<str>>, Malformed> {
        match (self.invalid, self.members) {
            (true, _) => Err(Malformed),
            (false, 0) => Ok(None),
            (false, _) => Ok(Some(self.text.into_boxed_str())),
        }
    }
}

/// A `tracestate` that is not as the specification says.
#[derive(Debug)]
pub(crate) struct Malformed;

fn is_member(member: &str) -> bool {
    member.split_once('=').is_some_and(|(key, value)| is_key(key.as_bytes()) && is_value(value.as_bytes()))
}

fn is_key(key: &[u8]) -> bool {
    let [first, rest @ ..] = key else { return false };
    key.len() <= 256
        && (first.is_ascii_lowercase() || first.is_ascii_digit())
        && rest.iter().all(|byte| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@')
        })
}

/// What ends with a space would be cut by its reader: to another value, or to none.
fn is_value(value: &[u8]) -> bool {
    (1..=256).contains(&value.len())
        && value.iter().all(|byte| matches!(byte, 0x20..=0x7e) && *byte != b'=' && *byte != b',')
        && value.last() != Some(&b' ')
}

/// Keys and values of a validated text.
pub(crate) fn members(text: &str) -> impl Iterator<Item = (&str, &str)> + Clone {
    text.split(',').filter_map(|member| member.split_once('='))
}

/// Whether OpenTelemetry's type can hold the member.
pub(crate) fn representable(key: &str, value: &str) -> bool {
    TraceState::from_key_value([(key, value)]).is_ok()
}

/// As much of `text` as OpenTelemetry's type can hold. The flag says whether that is all of it.
pub(crate) fn to_trace_state(text: &str) -> (TraceState, bool) {
    if let Ok(state) = TraceState::from_key_value(members(text)) {
        return (state, true);
    }
    let some = members(text).filter(|(key, value)| representable(key, value));
    (TraceState::from_key_value(some).unwrap_or_default(), false)
}

/// The first 32 members as a header, without those that the wire cannot hold; `None` if none is left.
pub(crate) fn join<'a, I: Iterator<Item = (&'a str, &'a str)>>(all: impl Fn() -> I) -> Option<String> {
    // OpenTelemetry's type lets more values in than the wire allows, line breaks among them.
    let is_member = |key: &str, value: &str| is_key(key.as_bytes()) && is_value(value.as_bytes());
    let members = || all().filter(|(key, value)| is_member(key, value)).take(MAX_MEMBERS);
    let length: usize = members().map(|(key, value)| key.len() + value.len() + 2).sum();
    if length == 0 {
        return None;
    }
    let mut text = String::with_capacity(length);
    for (key, value) in members() {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend([key, "=", value]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collect(values: &[&[u8]]) -> Result<Option<Box<str>>, Malformed> {
        let mut collector = Collector::default();
        for value in values {
            collector.push(value);
        }
        collector.finish()
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_accepted_again_unchanged(value in "[a-z@=,; \t]{0,40}") {
            if let Ok(Some(text)) = collect(&[value.as_bytes()]) {
                prop_assert_eq!(collect(&[text.as_bytes()]).unwrap(), Some(text));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(values: Vec<Vec<u8>>) {
            let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
            let _ = collect(&values);
        }
    }

    #[test]
    fn what_the_wire_cannot_hold_is_left_out() {
        for (members, expected) in [
            (&[][..], None),
            (&[("a", "1")], Some("a=1")),
            (&[("a", "1"), ("b", "2")], Some("a=1,b=2")),
            (&[("a", "1\n2"), ("b", "2")], Some("b=2")),
            (&[("A", "1"), ("b", "2")], Some("b=2")),
            (&[("A", "1\n2")], None),
            (&[("a", "")], None),
        ] {
            assert_eq!(join(|| members.iter().copied()).as_deref(), expected, "{members:?}");
        }
    }

    #[test]
    fn a_header_has_32896_bytes_at_most() {
        for (bytes, is_read) in [(32_896, true), (32_897, false)] {
            let value = format!("a=1{}", " ".repeat(bytes - 3));
            let read = collect(&[value.as_bytes()]).ok().flatten();
            assert_eq!(read.as_deref(), is_read.then_some("a=1"), "{bytes} bytes");
        }
    }

    /// A context is read from every message and written into every one.
    #[test]
    fn the_text_is_allocated_once_and_not_much_larger_than_it_needs() {
        let values = ["vendor=12345678", "other=abc,another=defghijkl"];
        let mut collector = Collector::default();
        let mut length = 0;
        for value in values {
            collector.push(value.as_bytes());
            length += value.len() + usize::from(length > 0);
            assert_eq!((collector.text.len(), collector.text.capacity()), (length, length));
        }
        let all = [("vendor", "12345678"), ("other", "abc"), ("another", "defghijkl")];
        let text = join(|| all.into_iter()).unwrap();
        assert_eq!(text.capacity(), text.len() + 1);
    }
}
