//! Names that recur on every message, kept once for the life of the process.
//!
//! A span's name and attributes want `&'static str` or an owned copy, and copies are what tracing a message mostly
//! costs. Destinations are few, so they are leaked once each, up to a bound; beyond it names are copied.

use std::array;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use opentelemetry::Value;

use super::bounded;

/// The most names kept, and the longest. With the span names made from them that is 45 MB at the very worst, and some
/// kilobytes for a service that has a dozen topics.
const MAX_NAMES: usize = 16_384;
const MAX_NAME_BYTES: usize = 256;

/// How many operations' span names a name keeps: more than any system has.
const OPERATIONS: usize = 8;

/// A name that was met before, and the span names made from it.
#[derive(Debug)]
pub(crate) struct Interned {
    text: &'static str,
    span_names: [OnceLock<(&'static str, &'static str)>; OPERATIONS],
}

impl Interned {
    /// `"{operation} {name}"`.
    fn span_name(&self, operation: &'static str) -> Cow<'static, str> {
        for slot in &self.span_names {
            let (known, name) = slot
                .get_or_init(|| (operation, Box::leak(name_of_span(operation, self.text).into_boxed_str())));
            if *known == operation {
                return Cow::Borrowed(name);
            }
        }
        Cow::Owned(name_of_span(operation, self.text))
    }
}

/// A name may come from a message, for example the subject to reply to, and terminals obey control characters.
fn name_of_span(operation: &str, name: &str) -> String {
    let mut text = String::with_capacity(operation.len() + 1 + name.len());
    text.extend([operation, " "]);
    let plain =
        |character: char| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character };
    text.extend(name.chars().map(plain));
    text
}

/// A name, interned if there was room.
#[derive(Clone, Debug)]
pub(crate) enum InternedStr {
    Interned(&'static Interned),
    Shared(Arc<str>),
}

impl InternedStr {
    pub(crate) fn new(text: &str) -> Self {
        let text = bounded(text);
        intern(text).map_or_else(|| Self::Shared(text.into()), Self::Interned)
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Interned(name) => name.text,
            Self::Shared(text) => text,
        }
    }

    pub(crate) fn span_name(&self, operation: &'static str) -> Cow<'static, str> {
        match self {
            Self::Interned(name) => name.span_name(operation),
            Self::Shared(text) => Cow::Owned(name_of_span(operation, text)),
        }
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Interned(name) => name.text.into(),
            Self::Shared(text) => Arc::clone(text).into(),
        }
    }
}

/// Slots of a thread's own cache: enough for the destinations a thread really alternates between.
const SLOTS: usize = 64;

thread_local! {
    static RECENT: [Cell<Option<&'static Interned>>; SLOTS] = const { [const { Cell::new(None) }; SLOTS] };
}

fn intern(text: &str) -> Option<&'static Interned> {
    if text.len() > MAX_NAME_BYTES {
        return None;
    }
    let slot = slot_of(text);
    let recent = RECENT.with(|recent| recent.get(slot).and_then(Cell::get));
    if let Some(name) = recent.filter(|name| name.text == text) {
        return Some(name);
    }
    let name = intern_shared(text)?;
    RECENT.with(|recent| {
        if let Some(slot) = recent.get(slot) {
            slot.set(Some(name));
        }
    });
    Some(name)
}

fn slot_of(text: &str) -> usize {
    usize::try_from(fingerprint(text) >> 58).unwrap_or(0)
}

/// Hashes the first and the last 8 bytes and the length. That separates typical topic names, and is cheaper than hashing
/// the whole name. The upper bits are the best.
#[inline]
pub(crate) fn fingerprint(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let end = |chunk: Option<&[u8; 8]>| chunk.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let short = || bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let ends = if bytes.len() < 8 {
        short()
    } else {
        end(bytes.first_chunk()) ^ end(bytes.last_chunk()).rotate_left(29)
    };
    (ends ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn intern_shared(text: &str) -> Option<&'static Interned> {
    static NAMES: LazyLock<Table> = LazyLock::new(|| Table::of(MAX_NAMES));
    NAMES.intern(text)
}

/// The names that all threads share.
struct Table {
    names: RwLock<HashMap<&'static str, &'static Interned>>,
    room: usize,
}

impl Table {
    /// A table of `room` names at most.
    fn of(room: usize) -> Self {
        Self { names: RwLock::default(), room }
    }

    fn intern(&self, text: &str) -> Option<&'static Interned> {
        // A map is whole after any panic, so a poisoned lock is as good as another.
        {
            let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
            // A full table is never locked for writing again: names that do not fit may be met on every message.
            if names.contains_key(text) || names.len() >= self.room {
                return names.get(text).copied();
            }
        }
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(text) {
            return Some(name);
        }
        if names.len() >= self.room {
            return None;
        }
        let text: &'static str = Box::leak(text.into());
        let name: &'static Interned =
            Box::leak(Box::new(Interned { text, span_names: array::from_fn(|_| OnceLock::new()) }));
        names.insert(text, name);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_control_character_of_a_name_gets_into_a_spans_name() {
        let long = format!("\u{7}{}", "x".repeat(MAX_NAME_BYTES));
        for (name, expected) in [
            ("a\u{1b}]0;pwned\u{7}b", "send a\u{fffd}]0;pwned\u{fffd}b".to_owned()),
            (long.as_str(), format!("send \u{fffd}{}", &long[1..])),
            ("größe", "send größe".to_owned()),
        ] {
            for _ in 0..2 {
                assert_eq!(InternedStr::new(name).span_name("send"), expected);
            }
        }
    }

    #[test]
    fn a_name_and_its_span_names_are_made_once() {
        let (first, second) = (intern("orders").unwrap(), intern("orders").unwrap());
        assert!(std::ptr::eq(first, second));
        for _ in 0..2 {
            assert!(matches!(first.span_name("send"), Cow::Borrowed("send orders")));
            assert!(matches!(first.span_name("process"), Cow::Borrowed("process orders")));
        }
    }

    #[test]
    fn beyond_the_bounds_names_are_copied() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        assert!(matches!(InternedStr::new(&long), InternedStr::Shared(_)));
        let name = intern("crowded").unwrap();
        let operations = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let names = operations.map(|operation| name.span_name(operation));
        assert_eq!(names.last().unwrap(), "i crowded");
        assert!(matches!(names.last().unwrap(), Cow::Owned(_)));
    }

    #[test]
    fn a_full_table_is_only_read() {
        let table = Table::of(2);
        for name in ["orders", "prices"] {
            assert!(table.intern(name).is_some());
        }
        // Whoever wants to write waits while this reader is there.
        let reader = table.names.read().unwrap();
        thread::scope(|scope| {
            let (found, answer) = mpsc::channel();
            let table = &table;
            scope.spawn(move || found.send(["orders", "invoices"].map(|name| table.intern(name).is_some())));
            let answer = answer.recv_timeout(Duration::from_secs(10));
            drop(reader);
            assert_eq!(answer, Ok([true, false]));
        });
        assert_eq!(table.names.read().unwrap().len(), 2);
    }

    /// How many of the slots the names of one kind fall into.
    fn slots_of(names: impl Iterator<Item = String>) -> usize {
        let mut slots: Vec<usize> = names.map(|name| slot_of(&name)).collect();
        assert!(slots.iter().all(|slot| *slot < SLOTS));
        slots.sort_unstable();
        slots.dedup();
        slots.len()
    }

    /// A good hash puts 64 names into 40 of 64 slots. Names in one slot drive one another out.
    #[test]
    fn names_of_every_kind_are_spread_over_the_slots() {
        for (kind, slots) in [
            ("single letters", slots_of((b'!'..b'a').map(|letter| char::from(letter).to_string()))),
            ("short names", slots_of((0..64).map(|n| format!("q{n}")))),
            ("short names of one length", slots_of((0..64).map(|n| format!("q{n:03}")))),
            ("names that start alike", slots_of((0..64).map(|n| format!("q{n:03}.x")))),
            ("names of seven bytes", slots_of((0..64).map(|n| format!("{n:03}.new")))),
            ("names of eight bytes", slots_of((0..64).map(|n| format!("{n:03}.news")))),
            ("names that end alike", slots_of((0..64).map(|n| format!("{n:03}.warehouse.orders")))),
            ("names that begin alike", slots_of((0..64).map(|n| format!("warehouse.orders.{n:03}")))),
            ("names of both ends", slots_of((0..64).map(|n| format!("{n:03}.warehouse.{n:03}")))),
            ("names of one letter and many lengths", slots_of((0..64).map(|n| "x".repeat(n)))),
        ] {
            assert!(slots >= 30, "{kind}: {slots} slots");
        }
    }

    #[test]
    fn names_that_differ_at_an_end_or_in_length_have_different_fingerprints() {
        let names = [
            "",
            "a",
            "b",
            "ab",
            "ba",
            "aa",
            "abcdefg",
            "bacdefg",
            "abcdefh",
            "abcdefgh",
            "bacdefgh",
            "abcdefhg",
            "abcdefghi",
            "aabcdefghi",
            "abcdefghabcdefgh",
            "abcdefgh-abcdefgh",
            "bacdefgh-abcdefgh",
            "abcdefgh-abcdefhg",
            "abcdefgh--abcdefgh",
        ];
        for (place, name) in names.iter().enumerate() {
            for other in &names[..place] {
                assert_ne!(fingerprint(name), fingerprint(other), "{name:?} and {other:?}");
            }
        }
    }
}
