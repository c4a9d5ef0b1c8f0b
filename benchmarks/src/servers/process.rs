//! The parent's side of a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use super::server::Server;

/// A server in a process of its own. It ends with this.
pub(crate) struct Process {
    child: Child,
    address: String,
}

/// What the sink got so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl Process {
    /// `program` is the one that [`serve`](super::serve)s.
    pub(crate) fn start(program: &str, server: Server) -> anyhow::Result<Self> {
        let child = Command::new(program)
            .arg(server.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let mut process = Self { child, address: String::new() };
        let output = process.child.stdout.take().context("a server's process has no output")?;
        BufReader::new(output).read_line(&mut process.address)?;
        process.address.truncate(process.address.trim_end().len());
        ensure!(!process.address.is_empty(), "the server {} ended before it listened", server.name());
        Ok(process)
    }

    /// `127.0.0.1:40123`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What a sink got so far.
    pub(crate) fn spans(&self) -> anyhow::Result<Spans> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.write_all(b"GET /spans HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.rsplit("\r\n\r\n").next().unwrap_or_default();
        let (count, bytes) = body.trim().split_once(' ').context("the sink does not count")?;
        Ok(Spans { count: count.parse()?, bytes: bytes.parse()? })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It cannot fail in a way that matters here: nobody needs the server any more.
        let _ = self.child.wait();
    }
}
