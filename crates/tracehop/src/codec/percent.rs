//! Percent-encoding, as W3C Baggage has it. Jaeger's baggage and CloudEvents' headers over NATS have it too.

use std::borrow::Cow;

/// `baggage-octet`: printable ASCII but space, double quote, comma, semicolon and backslash.
pub(super) fn is_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// Reads percent-encoded text. A percent sign without two digits stands for itself; bytes that are no UTF-8 become U+FFFD.
pub(crate) fn percent_decode(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let escaped = match tail {
            [high, low, after @ ..] if *byte == b'%' => {
                digit(*high).zip(digit(*low)).map(|(high, low)| (high << 4 | low, after))
            }
            _ => None,
        };
        match escaped {
            Some((decoded, after)) => {
                bytes.push(decoded);
                rest = after;
            }
            None => bytes.push(*byte),
        }
    }
    Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Percent-encoding takes either case, unlike the ids of `traceparent`.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Writes text so that only [octets](is_octet) are left, and no percent sign that means itself.
pub(crate) fn percent_encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        if is_octet(byte) && byte != b'%' {
            text.push(char::from(byte));
        } else {
            const DIGITS: [char; 16] =
                ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
            let nibble = |index: u8| DIGITS.get(usize::from(index)).copied().unwrap_or('0');
            text.extend(['%', nibble(byte >> 4), nibble(byte & 15)]);
        }
    }
}
