use std::fmt;

use crate::percent::decoded;

/// Headers of every request. Their values are secret: they hold the tokens that a backend asks for.
#[derive(Clone, Default)]
pub(super) struct Headers(Vec<(String, String)>);

/// Those that the transports write themselves. Another value would break the request, or let it be read as something else.
const RESERVED: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// So short a value is no secret, and may be part of any word.
const SHORTEST_SECRET: usize = 4;

impl Headers {
    /// Sets a header, in place of one with the same name. Says why it cannot be, without the value.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let name = name.to_ascii_lowercase();
        if name.is_empty() || !name.bytes().all(is_of_a_name) {
            return Err("the name of a header has a character that it may not have");
        }
        if RESERVED.contains(&name.as_str()) || name.starts_with("grpc-") {
            return Err("the exporter writes this header itself");
        }
        if name.ends_with("-bin") {
            return Err("binary headers of gRPC are not supported");
        }
        if !value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            return Err("the value of a header has a character that is not ASCII, or a line break");
        }
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.to_owned()));
        Ok(())
    }

    /// Takes over the headers that are not set yet.
    pub(super) fn fill(&mut self, others: Self) {
        for (name, value) in others.0 {
            if !self.0.iter().any(|(known, _)| *known == name) {
                self.0.push((name, value));
            }
        }
    }

    /// Reads the value of a variable: `key=value` pairs with commas between them, the values percent-encoded. Hands each pair
    /// that is none, by its number, and why, to `ignored`.
    pub(super) fn of_variable(text: &str, mut ignored: impl FnMut(usize, &'static str)) -> Self {
        let mut headers = Self::default();
        for (index, pair) in text.split(',').enumerate() {
            if pair.trim().is_empty() {
                continue;
            }
            let set = match pair.split_once('=') {
                Some((name, value)) => headers.set(name.trim(), &decoded(value.trim())),
                None => Err("it has no ="),
            };
            if let Err(reason) = set {
                ignored(index + 1, reason);
            }
        }
        headers
    }

    #[cfg_attr(not(any(feature = "otlp-http", feature = "otlp-grpc")), expect(dead_code))]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Replaces every value in a text that a server wrote: it may tell what it was sent.
    pub(super) fn redact(&self, text: &str) -> String {
        let secrets = self.0.iter().flat_map(|(_, value)| {
            // Also the token of `Bearer token` by itself.
            std::iter::once(value.as_str()).chain(value.split_whitespace())
        });
        secrets
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]"))
    }
}

/// The names alone.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(String, String)>, Vec<usize>) {
        let mut ignored = Vec::new();
        let headers = Headers::of_variable(text, |number, _| ignored.push(number));
        (headers.0, ignored)
    }

    #[test]
    fn pairs_are_read_and_what_is_none_is_left_out() {
        for (text, expected, ignored, why) in [
            ("k1=v1", vec![("k1", "v1")], vec![], "one"),
            (" K1 = v 1 , k2=v2", vec![("k1", "v 1"), ("k2", "v2")], vec![], "spaces around both"),
            ("k=a=b%3D", vec![("k", "a=b=")], vec![], "more ="),
            ("authorization=Basic%20AAA", vec![("authorization", "Basic AAA")], vec![], "encoded"),
            ("k=%XX", vec![("k", "%XX")], vec![], "no code"),
            ("k=%2", vec![("k", "%2")], vec![], "half a code"),
            ("k=", vec![("k", "")], vec![], "an empty value"),
            ("k=1,k=2", vec![("k", "2")], vec![], "twice: the last one"),
            (",,k=1,", vec![("k", "1")], vec![], "nothing between commas"),
            ("=v,k,a b=c,k=1", vec![("k", "1")], vec![1, 2, 3], "no pairs"),
            ("k=%0d%0aHost: x,a=%C3%B6", vec![], vec![1, 2], "line breaks, and more than ASCII"),
            ("Content-Length=1,grpc-timeout=1S,x-bin=AA", vec![], vec![1, 2, 3], "reserved"),
        ] {
            let (headers, found) = read(text);
            let headers: Vec<(&str, &str)> = headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!((headers, found), (expected, ignored), "{text:?}: {why}");
        }
    }

    #[test]
    fn values_are_not_shown() {
        let headers = Headers::of_variable("authorization=Bearer%20s3cr3t,x=ab", |_, _| {});
        assert_eq!(format!("{headers:?}"), r#"{"authorization", "x"}"#);
        assert_eq!(headers.redact("no: Bearer s3cr3t, abc"), "no: [redacted], abc");
        assert_eq!(headers.redact("token s3cr3t"), "token [redacted]");
    }
}
