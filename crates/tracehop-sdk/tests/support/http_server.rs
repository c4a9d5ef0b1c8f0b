//! A server on a loopback socket that answers as it is told, and as no real server would. It shows requests byte for byte.
#![allow(dead_code, reason = "not every suite needs all of it")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These bytes; then the connection is closed.
    Bytes(Vec<u8>),
    /// This status, with these lines of headers, and this body. The connection stays open.
    Status(u16, &'static str, Vec<u8>),
    /// 413 if the body has more bytes, else 200.
    Limit(usize),
    /// 400 if the body has more bytes, as the Collector says it, else 200.
    GoLimit(usize),
    /// These bytes one by one, with a pause behind each.
    Slow(Vec<u8>, Duration),
    /// These bytes again and again, until the client has enough.
    Endless(Vec<u8>),
    /// Nothing, until the server is dropped.
    Silence,
}

impl Answer {
    pub(crate) fn ok() -> Self {
        Self::Status(200, "", Vec::new())
    }

    pub(crate) fn bytes(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

/// What a client sent.
#[derive(Debug)]
pub(crate) struct Request {
    /// The first line.
    pub(crate) line: String,
    /// In lower case, but for the values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// No test lasts longer than this.
const LONGEST: Duration = Duration::from_secs(20);

struct Shared {
    /// A request that says it is longer is not read: the connection is closed.
    most: usize,
    script: Mutex<Vec<Answer>>,
    otherwise: Answer,
    requests: Sender<Request>,
    is_over: AtomicBool,
    over: (Mutex<()>, Condvar),
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Receiver<Request>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Gives these answers in turn, and then the other one for ever.
    pub(crate) fn start(script: Vec<Answer>, otherwise: Answer) -> Self {
        Self::start_up_to(usize::MAX, script, otherwise)
    }

    /// Closes the connection of a request with a longer body, without reading it.
    pub(crate) fn start_up_to(most: usize, script: Vec<Answer>, otherwise: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = channel();
        let script = Mutex::new(script.into_iter().rev().collect());
        let (is_over, over) = (AtomicBool::new(false), (Mutex::new(()), Condvar::new()));
        let shared = Arc::new(Shared { most, script, otherwise, requests: sender, is_over, over });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let mut connections = Vec::new();
            for connection in listener.incoming() {
                if of_thread.is_over.load(Ordering::Acquire) {
                    break;
                }
                let shared = Arc::clone(&of_thread);
                connections.push(std::thread::spawn(move || {
                    // A client that goes away in the middle is part of a test.
                    let _ = shared.serve(&connection.unwrap());
                }));
            }
            for connection in connections {
                connection.join().unwrap();
            }
        });
        Self { address, requests, shared, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// The next request that arrives.
    pub(crate) fn request(&self) -> Request {
        self.requests.recv_timeout(LONGEST).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        drop(self.shared.over.0.lock());
        self.shared.over.1.notify_all();
        // It waits for a connection.
        let _ = TcpStream::connect(self.address);
        let outcome = self.thread.take().unwrap().join();
        assert!(outcome.is_ok() || std::thread::panicking());
    }
}

impl Shared {
    fn serve(&self, connection: &TcpStream) -> std::io::Result<()> {
        // Shorter than the longest test, for a client that keeps its connection open without using it.
        connection.set_read_timeout(Some(Duration::from_millis(100)))?;
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection);
        while self.wait_for(&mut reader)? {
            connection.set_read_timeout(Some(LONGEST))?;
            let request = read(&mut reader, self.most)?;
            let len = request.body.len();
            let _ = self.requests.send(request);
            let answer = self.script.lock().unwrap().pop().unwrap_or_else(|| self.otherwise.clone());
            match answer {
                Answer::Status(status, headers, body) => respond(connection, status, headers, &body)?,
                Answer::Limit(limit) => {
                    respond(connection, if len > limit { 413 } else { 200 }, "", &[])?;
                }
                Answer::GoLimit(limit) if len > limit => {
                    respond(connection, 400, "", b"\x12\x1chttp: request body too large")?;
                }
                Answer::GoLimit(_) => respond(connection, 200, "", &[])?,
                other => return self.misbehave(connection, &other),
            }
            connection.set_read_timeout(Some(Duration::from_millis(100)))?;
        }
        Ok(())
    }

    /// Waits for the first byte of a request; says no at the end of the connection or of the test.
    fn wait_for(&self, reader: &mut impl BufRead) -> std::io::Result<bool> {
        loop {
            match reader.fill_buf() {
                Ok(bytes) => return Ok(!bytes.is_empty()),
                Err(_) if self.is_over.load(Ordering::Acquire) => return Ok(false),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn misbehave(&self, mut connection: &TcpStream, answer: &Answer) -> std::io::Result<()> {
        match answer {
            Answer::Bytes(bytes) => connection.write_all(bytes),
            Answer::Slow(bytes, pause) => bytes.iter().try_for_each(|byte| {
                connection.write_all(&[*byte])?;
                self.wait(*pause);
                Ok(())
            }),
            Answer::Endless(bytes) => {
                while !self.is_over.load(Ordering::Acquire) {
                    connection.write_all(bytes)?;
                }
                Ok(())
            }
            _ => {
                self.wait(LONGEST);
                Ok(())
            }
        }
    }

    fn wait(&self, time: Duration) {
        let guard = self.over.0.lock().unwrap();
        let is_going_on = |(): &mut ()| !self.is_over.load(Ordering::Acquire);
        drop(self.over.1.wait_timeout_while(guard, time, is_going_on).unwrap());
    }
}

fn read(reader: &mut impl BufRead, most: usize) -> std::io::Result<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let headers = lines[1..].iter().map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    });
    let headers: Vec<(String, String)> = headers.collect();
    let len = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    if len > most {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body)?;
    Ok(Request { line: lines[0].clone(), headers, body })
}

fn respond(mut connection: &TcpStream, status: u16, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    connection.write_all(&[head.as_bytes(), body].concat())
}
