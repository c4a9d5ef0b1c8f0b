//! A sink for spans: an HTTP server that counts what is posted to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::behaviour::Behaviour;
use super::span_count::spans;

/// What was posted so far, over all connections.
#[derive(Clone, Default)]
pub(super) struct Count {
    spans: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

/// What is needed of a request's head.
#[derive(Debug, Default)]
struct Head {
    /// What is to be done with what is posted; `None` of other requests.
    posted: Option<Behaviour>,
    length: usize,
    is_chunked: bool,
}

/// The longest body that is taken.
const MOST: usize = 1 << 26;
/// How late a slow answer is.
const LATE: Duration = Duration::from_millis(250);

pub(super) fn serve(stream: TcpStream, count: &Count) -> anyhow::Result<()> {
    let mut output = stream.try_clone()?;
    let mut input = BufReader::with_capacity(1 << 16, stream);
    let mut body = Vec::new();
    while let Some(head) = head(&mut input)? {
        read_body(&mut input, &head, &mut body)?;
        if let Some(behaviour) = head.posted {
            if behaviour.takes() {
                count.spans.fetch_add(spans(&body), Ordering::Relaxed);
                count.bytes.fetch_add(u64::try_from(body.len())?, Ordering::Relaxed);
            }
            if behaviour == Behaviour::Slow {
                thread::sleep(LATE);
            }
            let (answer, goes_on) = behaviour.answer();
            output.write_all(answer)?;
            if !goes_on {
                return Ok(());
            }
        } else {
            let text =
                format!("{} {}", count.spans.load(Ordering::Relaxed), count.bytes.load(Ordering::Relaxed));
            let length = text.len();
            write!(output, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")?;
            return Ok(());
        }
    }
    Ok(())
}

/// `None` when the client has gone.
fn head(input: &mut impl BufRead) -> anyhow::Result<Option<Head>> {
    let mut head = Head::default();
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let posted = line.strip_prefix("POST ").and_then(|rest| rest.split(' ').next());
    head.posted = posted.map(Behaviour::of);
    loop {
        line.clear();
        input.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        match line.split_once(':') {
            Some(("content-length", length)) => head.length = length.trim().parse()?,
            Some(("transfer-encoding", encoding)) => head.is_chunked = encoding.contains("chunked"),
            Some(_) => {}
            None => return Ok(Some(head)),
        }
    }
}

fn read_body(input: &mut impl BufRead, head: &Head, body: &mut Vec<u8>) -> anyhow::Result<()> {
    body.clear();
    if !head.is_chunked {
        append(input, head.length, body)?;
        return Ok(());
    }
    let mut line = String::new();
    loop {
        line.clear();
        input.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16)?;
        append(input, length, body)?;
        // The line break behind a chunk.
        line.clear();
        input.read_line(&mut line)?;
        if length == 0 {
            return Ok(());
        }
    }
}

fn append(input: &mut impl Read, length: usize, body: &mut Vec<u8>) -> anyhow::Result<()> {
    anyhow::ensure!(body.len() + length <= MOST, "a body is too long");
    let from = body.len();
    body.resize(from + length, 0);
    Ok(input.read_exact(body.get_mut(from..).unwrap_or_default())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_whole_or_in_chunks() {
        for request in [
            &b"POST /v1/traces HTTP/1.1\r\nContent-Length: 5\r\n\r\nspans"[..],
            b"POST /v1/traces HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nsp\r\n3\r\nans\r\n0\r\n\r\n",
        ] {
            let mut input = request;
            let head = head(&mut input).unwrap().unwrap();
            let mut body = Vec::new();
            read_body(&mut input, &head, &mut body).unwrap();
            assert_eq!(head.posted, Some(Behaviour::Well));
            assert_eq!(body, b"spans");
            assert!(input.is_empty());
        }
    }
}
