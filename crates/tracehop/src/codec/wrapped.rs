//! Values that something between sender and receiver has wrapped: in JSON quotes, or in the encoding of
//! [AMQP 1.0].
//!
//! A bridge that knows headers as JSON sends `"00-…-01"` with its quotes, and one that keeps AMQP 1.0
//! properties as bytes passes on the constructor and the length that stand before the text.
//!
//! [AMQP 1.0]: https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-types-v1.0-os.html#section-primitive-type-definitions

use super::trim_ows;

/// What is inside `value`, `None` if it is not wrapped.
///
/// Only one level is taken off. No value of another format starts like a wrapped one: none starts with a quote,
/// and the constructors of AMQP are not ASCII. What is inside is for the reader of its format to judge.
pub(crate) fn unwrap(value: &[u8]) -> Option<&[u8]> {
    match value {
        // Symbols, UTF-8 and binary, with a length of one byte or of four.
        [0xa0 | 0xa1 | 0xa3, length, inside @ ..] => (usize::from(*length) == inside.len()).then_some(inside),
        [0xb0 | 0xb1 | 0xb3, a, b, c, d, inside @ ..] => {
            let length = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).ok()?;
            (length == inside.len()).then_some(inside)
        }
        _ => unquote(trim_ows(value)),
    }
}

/// A JSON string without escapes, which is the text itself.
fn unquote(value: &[u8]) -> Option<&[u8]> {
    let [b'"', inside @ .., b'"'] = value else { return None };
    (!inside.iter().any(|byte| matches!(byte, b'"' | b'\\'))).then_some(inside)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_wrapped_is_unwrapped(inside: Vec<u8>, text in "[ !#-\\[\\]-~]{0,100}") {
            let quoted = format!(" \"{text}\"\t");
            prop_assert_eq!(unwrap(quoted.as_bytes()), Some(text.as_bytes()));
            let length = u32::try_from(inside.len()).unwrap().to_be_bytes();
            for code in [0xb0, 0xb1, 0xb3] {
                let value = [&[code][..], &length, &inside].concat();
                prop_assert_eq!(unwrap(&value), Some(&inside[..]));
            }
            if let Ok(length) = u8::try_from(inside.len()) {
                for code in [0xa0, 0xa1, 0xa3] {
                    let value = [&[code, length][..], &inside].concat();
                    prop_assert_eq!(unwrap(&value), Some(&inside[..]));
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, code in 0x9f_u8..0xb5) {
            let _ = unwrap(&bytes);
            let _ = unwrap(&[&[code][..], &bytes].concat());
        }

        #[test]
        fn plain_text_is_not_wrapped(text in "[ !#-~]{0,100}") {
            prop_assert_eq!(unwrap(text.as_bytes()), None);
        }
    }

    #[test]
    fn quotes_are_around_everything_and_nothing_is_escaped() {
        for (value, inside) in [
            (&br#""a""#[..], Some(&b"a"[..])),
            (br#"  "a"  "#, Some(b"a")),
            (b"\t\"a b\"\t", Some(b"a b")),
            (br#"" a ""#, Some(b" a ")),
            (br#""""#, Some(b"")),
            ("\"é\"".as_bytes(), Some("é".as_bytes())),
            // One level only: the brackets of a list, or another encoding, are left as they are.
            (br#""[1]""#, Some(b"[1]")),
            (b"\"\xa1\x01a\"", Some(b"\xa1\x01a")),
            (b"\xa1\x03\"a\"", Some(b"\"a\"")),
            (b"", None),
            (b"a", None),
            (br#"""#, None),
            (br#""a"#, None),
            (br#"a""#, None),
            (br#"""a"""#, None),
            (br#""a"b""#, None),
            (br#""a\"b""#, None),
            (br#""a\\""#, None),
            (br#""\u0061""#, None),
            (br#""a" b"#, None),
            (b"\"a\"\n", None),
            (b"'a'", None),
        ] {
            assert_eq!(unwrap(value), inside, "{:?}", value.escape_ascii().to_string());
        }
    }

    #[test]
    fn a_length_is_that_of_all_that_follows() {
        for (value, inside) in [
            (&b"\xa1\x01a"[..], Some(&b"a"[..])),
            (b"\xa0\x02\x00\xff", Some(b"\x00\xff")),
            (b"\xa3\x01a", Some(b"a")),
            (b"\xa1\x00", Some(b"")),
            (b"\xb1\x00\x00\x00\x01a", Some(b"a")),
            (b"\xb0\x00\x00\x00\x01\xff", Some(b"\xff")),
            (b"\xb3\x00\x00\x00\x01a", Some(b"a")),
            (b"\xb1\x00\x00\x00\x00", Some(b"")),
            // Too short, too long, or cut off within the length.
            (b"\xa1\x02a", None),
            (b"\xa1\x01ab", None),
            (b"\xa1\x00a", None),
            (b"\xa1", None),
            (b"\xb1\x00\x00\x00\x02a", None),
            (b"\xb1\x00\x00\x00\x01ab", None),
            (b"\xb1\x01\x00\x00\x00a", None),
            (b"\xb1\xff\xff\xff\xffa", None),
            (b"\xb1\x00\x00\x00", None),
            (b"\xb1\x01a", None),
            // Nothing stands around it, and other types are not text.
            (b" \xa1\x01a", None),
            (b"\xa1\x01a ", None),
            (b"\xa2\x01a", None),
            (b"\xb2\x00\x00\x00\x01a", None),
            (b"\x40", None),
            (b"\x53\x01", None),
        ] {
            assert_eq!(unwrap(value), inside, "{:?}", value.escape_ascii().to_string());
        }
    }
}
