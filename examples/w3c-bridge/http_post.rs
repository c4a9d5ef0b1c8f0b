//! An HTTP POST whose head has exactly the given headers.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::message::Headers;

/// Room for the first line of an answer. The rest is not read.
const MAX_LINE: u64 = 1024;
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) async fn post(url: &str, headers: &Headers, body: &[u8]) -> anyhow::Result<()> {
    let posting = timeout(PATIENCE, post_slowly(url, headers, body));
    posting.await.context("the callback was not answered in time")?
}

async fn post_slowly(url: &str, headers: &Headers, body: &[u8]) -> anyhow::Result<()> {
    let (host, path) = split(url)?;
    let port = if host.rsplit(']').next().unwrap_or_default().contains(':') { "" } else { ":80" };
    let mut stream = TcpStream::connect(format!("{host}{port}")).await?;
    stream.write_all(&request(host, path, headers, body)).await?;

    let mut status = String::new();
    BufReader::new(stream).take(MAX_LINE).read_line(&mut status).await?;
    match status.split(' ').nth(1) {
        Some(code) if code.starts_with('2') => Ok(()),
        _ => bail!("the callback was answered with {:?}", status.trim_end()),
    }
}

fn request(host: &str, path: &str, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n"
    );
    let mut request = head.into_bytes();
    for (name, value) in headers {
        request.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    request.extend([b"\r\n", body].concat());
    request
}

/// Host and port, and the path without its slash.
fn split(url: &str) -> anyhow::Result<(&str, &str)> {
    // Anything else could end the first line of the head.
    ensure!(url.bytes().all(|byte| byte.is_ascii_graphic()), "a URL must be ASCII without spaces: {url:?}");
    let rest =
        url.strip_prefix("http://").with_context(|| format!("a URL must begin with http://: {url}"))?;
    Ok(rest.split_once('/').unwrap_or((rest, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_exactly_the_given_headers() {
        let headers = [("tracestate", " a=1\t"), ("TraceParent", ""), ("tracestate", "b=2")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_owned())).to_vec();
        let request = String::from_utf8(request("suite:7777", "1.0", &headers, b"[]")).unwrap();
        assert_eq!(
            request,
            "POST /1.0 HTTP/1.1\r\nHost: suite:7777\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
             Connection: close\r\ntracestate:  a=1\t\r\nTraceParent: \r\ntracestate: b=2\r\n\r\n[]"
        );
    }

    #[test]
    fn urls_are_split_or_refused() {
        assert_eq!(split("http://suite:7777/a/b").unwrap(), ("suite:7777", "a/b"));
        assert_eq!(split("http://suite").unwrap(), ("suite", ""));
        for url in ["https://suite/", "suite/a", "http://suite/a b", "http://suite/a\r\nhost: other"] {
            assert!(split(url).is_err(), "{url:?}");
        }
    }
}
