//! Fields of protobuf messages, as prost writes them: what has its default value is left out, and lengths are as short as can
//! be. So the bytes are the same as those of prost's own messages.

use prost::encoding::{WireType, encode_varint, encoded_len_varint};

/// Writes a number. Most are lengths below 128, for which prost's loop is a detour.
#[inline]
pub(super) fn varint(value: u64, out: &mut Vec<u8>) {
    match u8::try_from(value) {
        Ok(byte) if byte < 0x80 => out.push(byte),
        _ => encode_varint(value, out),
    }
}

/// Writes the key of a field. All but one take one byte.
#[inline]
pub(super) fn key(tag: u32, wire_type: WireType, out: &mut Vec<u8>) {
    varint(u64::from(tag << 3 | wire_type as u32), out);
}

/// The bytes that a field of this many bytes takes behind its key: the length and the bytes.
#[inline]
pub(super) fn delimited_len(len: usize) -> usize {
    encoded_len_varint(len as u64) + len
}

/// Writes a field of bytes, empty or not.
#[inline]
pub(super) fn bytes(tag: u32, value: &[u8], out: &mut Vec<u8>) {
    key(tag, WireType::LengthDelimited, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

#[inline]
pub(super) fn text(tag: u32, value: &str, out: &mut Vec<u8>) {
    if !value.is_empty() {
        bytes(tag, value.as_bytes(), out);
    }
}

/// The bytes that [`text`] writes with a tag below 16.
#[inline]
pub(super) fn text_len(value: &str) -> usize {
    if value.is_empty() { 0 } else { 1 + delimited_len(value.len()) }
}

#[inline]
pub(super) fn number(tag: u32, value: u32, out: &mut Vec<u8>) {
    if value != 0 {
        key(tag, WireType::Varint, out);
        varint(u64::from(value), out);
    }
}

#[inline]
pub(super) fn fixed32(tag: u32, value: u32, out: &mut Vec<u8>) {
    if value != 0 {
        key(tag, WireType::ThirtyTwoBit, out);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

#[inline]
pub(super) fn fixed64(tag: u32, value: u64, out: &mut Vec<u8>) {
    if value != 0 {
        key(tag, WireType::SixtyFourBit, out);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

/// Writes a message whose length is known when it is written. `guess` is about how long it will be: where the length takes
/// as many bytes as that of the guess, nothing is moved.
#[inline]
pub(super) fn message(tag: u32, guess: usize, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    key(tag, WireType::LengthDelimited, out);
    let start = out.len();
    let reserved = encoded_len_varint(guess as u64);
    // The longest that a varint gets.
    out.extend_from_slice([0; 10].get(..reserved).unwrap_or_default());
    write(out);
    let end = out.len();
    let body = start + reserved;
    let len = end - body;
    let needed = encoded_len_varint(len as u64);
    if needed > reserved {
        out.resize(end + needed - reserved, 0);
    }
    if needed != reserved {
        out.copy_within(body..end, start + needed);
        out.truncate(start + needed + len);
    }
    if let Some(mut place) = out.get_mut(start..start + needed) {
        encode_varint(len as u64, &mut place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_guess_moves_the_message_and_changes_nothing() {
        for len in [0, 1, 127, 128, 300, 16_383, 16_384, 70_000, 2_097_151, 2_097_152] {
            let content: Vec<u8> = (0..len).map(|index| u8::try_from(index % 251).unwrap()).collect();
            let mut expected = vec![9];
            bytes(3, &content, &mut expected);
            for guess in [0, 127, 128, 16_384, 2_097_152, usize::MAX] {
                let mut out = vec![9];
                message(3, guess, &mut out, |out| out.extend_from_slice(&content));
                assert!(out == expected, "{len} bytes, guessed {guess}");
            }
        }
    }
}
