//! Texts in JSON that are broken only inside of their strings and numbers.

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The text without what is broken in it. Whether it is JSON now is for the reader to say.
///
/// Bytes that are no UTF-8, halves of surrogate pairs and backslashes that escape nothing become U+FFFD each; characters that
/// must be escaped in strings are; numbers beyond all that a computer holds become strings. Each byte is looked at once, and
/// becomes three at most.
pub(crate) fn mended(json: &[u8]) -> String {
    let mut mended = Mended { text: String::with_capacity(json.len()), is_in_string: false };
    for chunk in json.utf8_chunks() {
        mended.add(chunk.valid());
        if !chunk.invalid().is_empty() {
            mended.text.push(REPLACEMENT);
        }
    }
    mended.text
}

struct Mended {
    text: String,
    is_in_string: bool,
}

impl Mended {
    fn add(&mut self, mut rest: &str) {
        while let Some(first) = rest.chars().next() {
            let length = if self.is_in_string {
                self.add_in_string(first, rest)
            } else {
                self.add_outside(first, rest)
            };
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    /// Adds what comes first in a string, and says how long it was.
    fn add_in_string(&mut self, first: char, rest: &str) -> usize {
        match first {
            '\\' => return self.add_escape(rest),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            '\0'..' ' => self.text.push(REPLACEMENT),
            _ => {
                self.is_in_string = first != '"';
                self.text.push(first);
            }
        }
        first.len_utf8()
    }

    fn add_escape(&mut self, rest: &str) -> usize {
        let escape = Escape::of(rest.as_bytes());
        if escape.is_whole {
            self.text.push_str(rest.get(..escape.length).unwrap_or_default());
        } else {
            self.text.push(REPLACEMENT);
        }
        escape.length
    }

    fn add_outside(&mut self, first: char, rest: &str) -> usize {
        if first == '-' || first.is_ascii_digit() {
            return self.add_number(rest);
        }
        self.is_in_string = first == '"';
        self.text.push(first);
        first.len_utf8()
    }

    fn add_number(&mut self, rest: &str) -> usize {
        let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let length = rest.bytes().take_while(is_of_number).count();
        let number = rest.get(..length).unwrap_or_default();
        let quote = if number.parse().is_ok_and(f64::is_infinite) { "\"" } else { "" };
        self.text.extend([quote, number, quote]);
        length
    }
}

/// What a backslash begins.
struct Escape {
    is_whole: bool,
    length: usize,
}

impl Escape {
    fn of(bytes: &[u8]) -> Self {
        let whole = |length| Self { is_whole: true, length };
        let broken = |length| Self { is_whole: false, length };
        match (bytes.get(1), unit(bytes)) {
            (Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), _) => whole(2),
            (_, Some(0xD800..=0xDBFF)) => match bytes.get(6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => whole(12),
                _ => broken(6),
            },
            (_, Some(0xDC00..=0xDFFF)) => broken(6),
            (_, Some(_)) => whole(6),
            // What follows is text.
            (_, None) => broken(1),
        }
    }
}

/// The unit of UTF-16 that `\uXXXX` is.
fn unit(bytes: &[u8]) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = bytes else { return None };
    let digit = |unit: u32, &byte: &u8| Some(unit << 4 | char::from(byte).to_digit(16)?);
    digits.get(..4)?.iter().try_fold(0, digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_broken_in_strings_is_replaced() {
        let check = |json: &[u8], expected: &str| {
            let text = mended(json);
            assert_eq!(serde_json::from_str::<String>(&text).unwrap(), expected, "{text}");
        };
        check(br#""a\ud800b""#, "a\u{fffd}b");
        check(br#""\ud83d\ude00 \u00e9 \"\\\/\b\f\n\r\t""#, "\u{1f600} \u{e9} \"\\/\u{8}\u{c}\n\r\t");
        check(br#""\ude00\ud83d""#, "\u{fffd}\u{fffd}");
        check(br#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}");
        check(br#""\x41\u12g4\"""#, "\u{fffd}x41\u{fffd}u12g4\"");
        check(b"\"a\xff\xfeb\xc3\"", "a\u{fffd}\u{fffd}b\u{fffd}");
        check(b"\"\\\xff\"", "\u{fffd}\u{fffd}");
        check("\"\\é\"".as_bytes(), "\u{fffd}é");
        check(b"\"a\nb\tc\rd\0\x1f\"", "a\nb\tc\rd\u{fffd}\u{fffd}");
    }

    #[test]
    fn numbers_beyond_all_are_strings() {
        let check = |json: &str, expected: &str| assert_eq!(mended(json.as_bytes()), expected);
        check("[1e400,-1E+400,1e-400,12,-0.5e3]", r#"["1e400","-1E+400",1e-400,12,-0.5e3]"#);
        check(r#"{"1e400":"1e400"}"#, r#"{"1e400":"1e400"}"#);
    }

    #[test]
    fn what_is_no_json_is_none_after() {
        for json in [&b"\xff"[..], b"{\"a\":\xff}", b"\"a\\", b"{\"a\n", b"hello", b"[1e400", b""] {
            assert!(serde_json::from_str::<serde_json::Value>(&mended(json)).is_err(), "{json:?}");
        }
    }

    proptest! {
        #[test]
        fn good_json_stays_as_it_is(text: String, number: f64, key: String) {
            let json = serde_json::json!({ key: [text, number] }).to_string();
            prop_assert_eq!(mended(json.as_bytes()), json);
        }

        #[test]
        fn any_bytes_grow_to_three_each_at_most(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(mended(&bytes).len() <= 3 * bytes.len());
        }

        #[test]
        fn any_bytes_in_a_string_are_a_string(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let inner: Vec<u8> = bytes.into_iter().filter(|byte| !b"\"\\".contains(byte)).collect();
            let text = mended(&[b"\"", &*inner, b"\""].concat());
            prop_assert!(serde_json::from_str::<String>(&text).is_ok(), "{}", text);
        }
    }
}
