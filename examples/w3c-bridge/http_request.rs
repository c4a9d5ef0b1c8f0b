//! An HTTP request, as it is on the wire.
//!
//! HTTP libraries write names in lower case, trim values, and may join repeats. The suite is about what a receiver makes of
//! those, so the head is read by hand. It is no general server: one request for each connection, with a length.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::time::timeout;

use crate::message::Headers;

const MAX_HEAD: u64 = 64 * 1024;
const MAX_BODY: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct HttpRequest {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl HttpRequest {
    pub(crate) async fn read(stream: impl AsyncRead + Unpin) -> anyhow::Result<Self> {
        timeout(PATIENCE, Self::read_slowly(stream)).await.context("the request did not come in time")?
    }

    async fn read_slowly(stream: impl AsyncRead + Unpin) -> anyhow::Result<Self> {
        let mut reader = BufReader::new(stream).take(MAX_HEAD);
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line).await?;
            let Some(line) = line.strip_suffix(b"\r\n") else {
                bail!("the head must end with an empty line, within {MAX_HEAD} bytes");
            };
            if line.is_empty() {
                break;
            }
            lines.push(line.to_owned());
        }
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or_default();
        ensure!(first.starts_with(b"POST "), "only POST is answered");
        let headers: Headers = lines.map(|line| header(&line)).collect::<anyhow::Result<_>>()?;

        let length = content_length(&headers)?;
        reader.set_limit(length);
        let mut body = Vec::new();
        let read = reader.read_to_end(&mut body).await?;
        ensure!(u64::try_from(read)? == length, "the body is shorter than its Content-Length says");
        Ok(Self { headers, body })
    }
}

/// Of the white space around a value only the one space that every client writes is none of the value's.
fn header(line: &[u8]) -> anyhow::Result<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':').context("a header line must have a colon")?;
    let (name, value) = line.split_at(colon);
    // What passes here can end neither a header of NATS, which is text too, nor one of a callback.
    ensure!(is_name(name), "a header's name must be one word of ASCII letters, digits and !#$%&'*+-.^_`|~");
    ensure!(!value.iter().any(|byte| matches!(byte, b'\0' | b'\r' | b'\n')), "a value must be one line");
    let value = value.strip_prefix(b":").unwrap_or_default();
    let value = value.strip_prefix(b" ").unwrap_or(value);
    Ok((String::from_utf8(name.to_owned())?, value.to_owned()))
}

fn is_name(name: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(is_part)
}

fn content_length(headers: &Headers) -> anyhow::Result<u64> {
    let named = |wanted: &'static str| {
        headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    ensure!(
        named("transfer-encoding").next().is_none(),
        "a body in chunks is not read: send its Content-Length"
    );
    let mut lengths = named("content-length");
    let (Some(length), None) = (lengths.next(), lengths.next()) else {
        bail!("the request must have one Content-Length");
    };
    let length = str::from_utf8(length)?.trim().parse().context("Content-Length must be a number")?;
    ensure!(length <= MAX_BODY, "the body must have {MAX_BODY} bytes at most");
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_and_values_are_kept_as_they_were_written() {
        let raw = b"POST /test HTTP/1.1\r\nTrAcE: 2\r\ntrace:1 \r\nb:  x\t\r\na: \r\ntrace: 2\r\nContent-Length: 2\r\n\r\n[]";
        let request = HttpRequest::read(&raw[..]).await.unwrap();
        let text = |(name, value): (String, Vec<u8>)| (name, String::from_utf8(value).unwrap());
        let headers: Vec<_> = request.headers.into_iter().map(text).collect();
        let expected = [
            ("TrAcE", "2"),
            ("trace", "1 "),
            ("b", " x\t"),
            ("a", ""),
            ("trace", "2"),
            ("Content-Length", "2"),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(request.body, b"[]");
    }

    #[tokio::test]
    async fn what_is_no_such_request_is_refused() {
        let long = format!("POST / HTTP/1.1\r\na: {}\r\n\r\n", "x".repeat(70_000));
        for (raw, reason) in [
            ("", "the head must end with an empty line"),
            ("POST / HTTP/1.1\r\na: b\r\n", "the head must end with an empty line"),
            (long.as_str(), "the head must end with an empty line"),
            ("POST / HTTP/1.1\n\n", "the head must end with an empty line"),
            ("GET / HTTP/1.1\r\n\r\n", "only POST"),
            ("POST / HTTP/1.1\r\nno colon\r\n\r\n", "a colon"),
            ("POST / HTTP/1.1\r\na: b\r\n c: folded\r\n\r\n", "one word"),
            ("POST / HTTP/1.1\r\na : b\r\n\r\n", "one word"),
            ("POST / HTTP/1.1\r\n: b\r\n\r\n", "one word"),
            ("POST / HTTP/1.1\r\na: b\rc\r\n\r\n", "one line"),
            ("POST / HTTP/1.1\r\na: b\0\r\n\r\n", "one line"),
            ("POST / HTTP/1.1\r\n\r\n", "one Content-Length"),
            ("POST / HTTP/1.1\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n[]", "one Content-Length"),
            ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "a number"),
            ("POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", "65536 bytes at most"),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n[]", "shorter"),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "in chunks"),
        ] {
            let Err(error) = HttpRequest::read(raw.as_bytes()).await else { panic!("was read: {raw:?}") };
            assert!(error.to_string().contains(reason), "{raw:?}: {error}");
        }
    }
}
