//! Lower-case hexadecimal, eight digits at a time in one machine word.
//!
//! Reading a whole word takes a tenth of the instructions of `from_str_radix` and, unlike it, refuses `+`, short numbers
//! and capital letters.

use opentelemetry::trace::{SpanId, TraceId};

const ONES: u64 = 0x0101_0101_0101_0101;

const LOW_NIBBLES: u64 = ONES * 0x0f;

/// Digits, read without a branch: `error` is not zero if one of them is no lower-case hexadecimal digit.
///
/// Whoever reads several words adds their errors up and looks once, because nearly every header that is read is right.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    pub(super) value: u64,
    pub(super) error: u64,
}

/// Reads sixteen digits, the first of which is the most significant.
#[inline]
pub(super) fn decode16(digits: &[u8; 16]) -> Digits {
    // Sixteen digits have eight at either end; the fallback is never taken and is optimised away.
    let (Some(high), Some(low)) = (digits.first_chunk(), digits.last_chunk()) else {
        return Digits { value: 0, error: 1 };
    };
    let (high, low) = (decode8(*high), decode8(*low));
    Digits { value: high.value << 32 | low.value, error: high.error | low.error }
}

/// Reads eight digits.
#[inline]
fn decode8(digits: [u8; 8]) -> Digits {
    let text = u64::from_be_bytes(digits);
    // Bit 6 tells letters from figures. The value is the low nibble, plus nine for a letter. No sum leaves its byte.
    let letters = (text >> 6) & ONES;
    let values = (text & LOW_NIBBLES) + letters * 9;
    // Writing the values out again must give the same text: that refuses every other character at once.
    let error = (write_nibbles(values) ^ text) | (values & !LOW_NIBBLES);
    let bytes = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let words = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    Digits { value: (words | words >> 16) & 0xffff_ffff, error }
}

/// Reads 1 to 32 digits, as if there were zeros before them.
pub(super) fn decode_padded(digits: &[u8]) -> Option<u128> {
    let mut padded = [b'0'; 32];
    let padding = padded.len().checked_sub(digits.len())?;
    padded.get_mut(padding..)?.copy_from_slice(digits);
    let (high, low) = (decode16(padded.first_chunk()?), decode16(padded.last_chunk()?));
    let is_number = !digits.is_empty() && high.error | low.error == 0;
    is_number.then(|| u128::from(high.value) << 64 | u128::from(low.value))
}

/// Reads a trace id of 1 to 32 digits. Zero is no id.
pub(super) fn trace_id(digits: &[u8]) -> Option<TraceId> {
    decode_padded(digits).map(TraceId::from).filter(|id| *id != TraceId::INVALID)
}

/// Reads a span id of 1 to 16 digits. Zero is no id.
pub(super) fn span_id(digits: &[u8]) -> Option<SpanId> {
    let digits = (digits.len() <= 16).then_some(digits)?;
    let id = u64::try_from(decode_padded(digits)?).ok().map(SpanId::from);
    id.filter(|id| *id != SpanId::INVALID)
}

/// The value of two digits.
#[inline]
pub(super) fn decode2(high: u8, low: u8) -> Option<u8> {
    Some(digit(high)? << 4 | digit(low)?)
}

#[inline]
const fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The eight lower-case digits of `value`.
#[inline]
pub(super) fn encode8(value: u32) -> [u8; 8] {
    let words = (u64::from(value) | u64::from(value) << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (words | words << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (bytes | bytes << 4) & LOW_NIBBLES;
    write_nibbles(nibbles).to_be_bytes()
}

/// The two lower-case digits of `byte`.
#[inline]
pub(super) fn encode2(byte: u8) -> [u8; 2] {
    let [.., high, low] = encode8(u32::from(byte));
    [high, low]
}

/// Writes the digits of `bytes` at the end of `text`.
pub(super) fn push(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        text.extend(encode2(*byte).map(char::from));
    }
}

/// Each byte, which is below 16, as the character of its digit. What is above only has to differ from any digit's text.
#[inline]
const fn write_nibbles(nibbles: u64) -> u64 {
    let above_nine = ((nibbles + ONES * 6) >> 4) & ONES;
    nibbles + ONES * 0x30 + above_nine * 0x27
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_value_at_every_place_is_judged_as_the_slow_way_does() {
        for place in 0..16 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"09af58c3fedc0001";
                digits[place] = byte;
                let expected = digit(byte)
                    .and_then(|_| u64::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok());
                let Digits { value, error } = decode16(&digits);
                assert_eq!((error == 0).then_some(value), expected, "{byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn a_digit_is_one_of_sixteen_characters() {
        for byte in 0..=u8::MAX {
            let expected = char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
            assert_eq!(digit(byte).map(u32::from), expected, "{byte:#x}");
        }
    }

    #[test]
    fn every_byte_survives_the_round_trip() {
        for byte in 0..=u8::MAX {
            let [high, low] = encode2(byte);
            assert_eq!(format!("{byte:02x}").as_bytes(), [high, low]);
            assert_eq!(decode2(high, low), Some(byte));
        }
    }

    #[test]
    fn eight_digits_are_written_as_the_standard_library_does() {
        for value in [0, 1, 0x9abc_def0, 0x0f0f_0f0f, 0xf0f0_f0f0, u32::MAX] {
            assert_eq!(encode8(value), *format!("{value:08x}").as_bytes());
        }
    }

    #[test]
    fn a_number_has_1_to_32_digits_and_an_id_is_not_zero() {
        for (digits, number, trace_id, span_id) in [
            ("", None, false, false),
            ("0", Some(0), false, false),
            ("1", Some(1), true, true),
            ("abc", Some(0xabc), true, true),
            ("00abc", Some(0xabc), true, true),
            ("ffffffffffffffff", Some(u128::from(u64::MAX)), true, true),
            ("0ffffffffffffffff", Some(u128::from(u64::MAX)), true, false),
            ("ffffffffffffffffffffffffffffffff", Some(u128::MAX), true, false),
            ("00000000000000000000000000000000", Some(0), false, false),
            ("000000000000000000000000000000001", None, false, false),
            ("+1", None, false, false),
            ("-1", None, false, false),
            ("0x1", None, false, false),
            (" 1", None, false, false),
            ("1 ", None, false, false),
            ("A", None, false, false),
            ("g", None, false, false),
            ("1_0", None, false, false),
            ("é", None, false, false),
        ] {
            let digits = digits.as_bytes();
            assert_eq!(decode_padded(digits), number, "{digits:?}");
            assert_eq!(super::trace_id(digits), number.filter(|_| trace_id).map(TraceId::from), "{digits:?}");
            let expected = number.filter(|_| span_id).map(|id| SpanId::from(u64::try_from(id).unwrap()));
            assert_eq!(super::span_id(digits), expected, "{digits:?}");
        }
    }

    #[test]
    fn bytes_are_written_after_what_is_there() {
        let mut text = "id=".to_owned();
        push(&[0x00, 0x9a, 0xff], &mut text);
        assert_eq!(text, "id=009aff");
    }
}
