//! Makes an input of others.

use super::dictionary::{NAMES, TOKENS};
use super::random::Random;
use crate::input::{Message, RawHeader};
use crate::targets::Form;

/// No input grows beyond this.
const MAX_BYTES: usize = 16 * 1_024;
const MAX_CHANGES: usize = 6;

/// An input that is one of `pool`, changed in some places.
pub(super) fn next(form: Form, pool: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = random.one_of(pool).cloned().unwrap_or_default();
    let other = random.one_of(pool).map(Vec::as_slice).unwrap_or_default();
    let changes = 1 + random.below(MAX_CHANGES);
    // Bytes that are changed anywhere mostly break the lengths in a message, so that most of its header are lost.
    if form == Form::Message && !random.once_in(4) {
        let mut message = Message::read(&input);
        let other = Message::read(other).headers;
        for _ in 0..changes {
            change_message(&mut message, &other, random);
        }
        input = message.to_bytes();
    } else {
        for _ in 0..changes {
            change_bytes(&mut input, other, random);
        }
    }
    input.truncate(MAX_BYTES);
    input
}

fn change_message(message: &mut Message, other: &[RawHeader], random: &mut Random) {
    let headers = &mut message.headers;
    let at = random.below(headers.len());
    match random.below(12) {
        0 => message.format = random.byte(),
        1 => message.context = random.byte(),
        2 => {
            message.trace_id = std::array::from_fn(|_| if random.once_in(8) { random.byte() } else { 0 });
            message.span_id = std::array::from_fn(|_| if random.once_in(4) { random.byte() } else { 0 });
            message.flags = random.byte();
        }
        3 if !headers.is_empty() => drop(headers.remove(at)),
        4 => headers.extend(random.one_of(other).cloned()),
        5 => {
            let copies = 1 + random.below(12);
            let header = headers.get(at).cloned();
            headers.extend(header.into_iter().cycle().take(copies));
        }
        6 => {
            let to = random.below(headers.len());
            if at < headers.len() && to < headers.len() {
                headers.swap(at, to);
            }
        }
        7 => {
            let word = |words: &[&[u8]], random: &mut Random| random.one_of(words).map(|word| word.to_vec());
            let (name, value) = (word(&NAMES, random), word(&TOKENS, random));
            let kind = RawHeader::TEXT;
            headers.push(RawHeader {
                kind,
                name: name.unwrap_or_default(),
                value: value.unwrap_or_default(),
            });
        }
        change => {
            let Some(header) = headers.get_mut(at) else { return };
            match change {
                8 => header.kind = random.byte(),
                9 => header.name = random.one_of(&NAMES).map(|name| name.to_vec()).unwrap_or_default(),
                10 if random.once_in(3) => change_bytes(&mut header.name, b"", random),
                _ => {
                    let other = random.one_of(other).map(|header| header.value.as_slice());
                    change_bytes(&mut header.value, other.unwrap_or_default(), random);
                }
            }
        }
    }
}

fn change_bytes(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(16)).min(bytes.len());
    match random.below(9) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.byte();
            }
        }
        2 => drop(bytes.drain(at..end.max(at))),
        3 => bytes.truncate(at),
        4 => {
            let token = random.one_of(&TOKENS).copied().unwrap_or_default();
            bytes.splice(at..at, token.iter().copied());
        }
        5 => {
            let token = random.one_of(&TOKENS).copied().unwrap_or_default();
            bytes.splice(at..(at + token.len()).min(bytes.len()), token.iter().copied());
        }
        6 => {
            let copy: Vec<u8> = bytes.get(at..end).unwrap_or_default().to_vec();
            let most = if random.once_in(50) { 4_000 } else { 4 };
            let times = 1 + random.below(most);
            bytes.splice(at..at, copy.into_iter().cycle().take(times * 16).collect::<Vec<_>>());
        }
        7 => {
            let from = random.below(other.len());
            bytes.splice(at.., other.get(from..).unwrap_or_default().iter().copied());
        }
        _ => {
            let new: Vec<u8> =
                std::iter::repeat_with(|| random.byte()).take(1 + end.saturating_sub(at)).collect();
            bytes.splice(at..at, new);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::harness::seeds::Seeds;

    #[test]
    fn inputs_are_many_bounded_and_the_same_for_the_same_seed() {
        for form in [Form::Message, Form::Text] {
            let pool = Seeds::of(form).small;
            let inputs = |seed| {
                let mut random = Random::new(seed, "target");
                (0..500).map(|_| next(form, &pool, &mut random)).collect::<Vec<_>>()
            };
            let first = inputs(1);
            assert_eq!(first, inputs(1));
            assert!(first.iter().all(|input| input.len() <= MAX_BYTES));
            assert!(first.iter().collect::<BTreeSet<_>>().len() > 400);
        }
    }
}
