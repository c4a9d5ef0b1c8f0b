//! A NATS server, as far as a client needs one to publish, to be delivered to, and to use JetStream.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::mail::{self, DELIVER, MESSAGES, Mail, STREAM};

const INFO: &[u8] =
    b"INFO {\"server_id\":\"BENCHMARK\",\"server_name\":\"benchmark\",\"version\":\"2.12.0\",\"proto\":1,\
    \"host\":\"127.0.0.1\",\"port\":4222,\"headers\":true,\"max_payload\":1048576,\"jetstream\":true}\r\n";

const PULL: &str = "$JS.API.CONSUMER.MSG.NEXT.ORDERS.";
const LOOK: &str = "$JS.API.CONSUMER.INFO.ORDERS.";

/// A connection.
struct Connection {
    input: BufReader<TcpStream>,
    output: TcpStream,
    /// Answers that are sent together when nothing more was read.
    waiting: Vec<u8>,
    /// The subjects that are subscribed to, and their numbers.
    subscriptions: Vec<(String, String)>,
    /// Prepared deliveries by mail and subscription. Each is as long as the others of its block.
    blocks: HashMap<(&'static str, String, bool), Vec<u8>>,
    sequence: u64,
}

pub(super) fn serve(stream: TcpStream) -> anyhow::Result<()> {
    let mut output = stream.try_clone()?;
    output.write_all(INFO)?;
    let input = BufReader::with_capacity(1 << 16, stream);
    let (subscriptions, blocks) = (Vec::new(), HashMap::new());
    let mut connection =
        Connection { input, output, waiting: Vec::new(), subscriptions, blocks, sequence: 0 };
    let mut line = String::new();
    let mut payload = Vec::new();
    loop {
        line.clear();
        if connection.input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        connection.obey(line.trim_end(), &mut payload)?;
        if connection.input.buffer().is_empty() {
            connection.flush()?;
        }
    }
}

impl Connection {
    fn obey(&mut self, line: &str, payload: &mut Vec<u8>) -> anyhow::Result<()> {
        let mut words = line.split_ascii_whitespace();
        match words.next().unwrap_or_default() {
            "PUB" => {
                let (subject, reply, length) = places(words)?;
                self.take(length, payload)?;
                self.published(subject, reply, payload)
            }
            "HPUB" => {
                let (subject, rest) = (words.next().context("no subject")?, words.collect::<Vec<_>>());
                let (reply, length) = match *rest.as_slice() {
                    [reply, _, length] => (Some(reply), length),
                    [_, length] => (None, length),
                    _ => bail!("not a publish: {line}"),
                };
                self.take(length.parse()?, payload)?;
                self.published(subject, reply, payload)
            }
            "SUB" => {
                let words: Vec<&str> = words.collect();
                if let [subject, .., number] = *words.as_slice() {
                    self.subscriptions.push((subject.to_owned(), number.to_owned()));
                }
                Ok(())
            }
            "UNSUB" => {
                let number = words.next().unwrap_or_default();
                self.subscriptions.retain(|(_, known)| known != number);
                self.blocks.retain(|(_, known, _), _| known != number);
                Ok(())
            }
            "PING" => {
                self.waiting.extend_from_slice(b"PONG\r\n");
                Ok(())
            }
            "CONNECT" | "PONG" | "" => Ok(()),
            other => bail!("{other} is not understood"),
        }
    }

    /// Reads a payload, and the line break behind it.
    fn take(&mut self, length: usize, payload: &mut Vec<u8>) -> anyhow::Result<()> {
        payload.resize(length + 2, 0);
        self.input.read_exact(payload)?;
        payload.truncate(length);
        Ok(())
    }

    fn published(&mut self, subject: &str, reply: Option<&str>, payload: &[u8]) -> anyhow::Result<()> {
        if subject == DELIVER {
            let (mail, count) = mail::order(payload)?;
            return self.deliver(mail, mail.name(), count, false);
        }
        let Some(reply) = reply else { return Ok(()) };
        if let Some(consumer) = subject.strip_prefix(PULL) {
            let asked: Value = serde_json::from_slice(payload)?;
            let count = asked.get("batch").and_then(Value::as_u64).context("a pull without a number")?;
            return self.deliver(consumer.parse()?, reply, u32::try_from(count)?, true);
        }
        if let Some(consumer) = subject.strip_prefix(LOOK) {
            return self.answer(reply, &info(consumer).to_string());
        }
        self.sequence += 1;
        self.answer(reply, &format!("{{\"stream\":\"{STREAM}\",\"seq\":{}}}", self.sequence))
    }

    fn answer(&mut self, reply: &str, payload: &str) -> anyhow::Result<()> {
        let number = self.subscription(reply)?.to_owned();
        write!(self.waiting, "MSG {reply} {number} {}\r\n{payload}\r\n", payload.len())?;
        Ok(())
    }

    /// The number of the subscription to a subject; a subject may end with a wildcard.
    fn subscription(&self, subject: &str) -> anyhow::Result<&str> {
        let found = self.subscriptions.iter().find(|(pattern, _)| match pattern.strip_suffix('*') {
            Some(start) => subject.starts_with(start),
            None => pattern == subject,
        });
        Ok(&found.with_context(|| format!("nobody listens to {subject}"))?.1)
    }

    fn deliver(&mut self, mail: Mail, to: &str, count: u32, is_stored: bool) -> anyhow::Result<()> {
        self.flush()?;
        let number = self.subscription(to)?.to_owned();
        let key = (mail.name(), number.clone(), is_stored);
        let block = self.blocks.entry(key).or_insert_with(|| block(mail, &number, is_stored));
        let each = block.len() / usize::try_from(MESSAGES)?;
        let mut left = count;
        while left > 0 {
            let now = left.min(MESSAGES);
            self.output.write_all(block.get(..each * usize::try_from(now)?).unwrap_or_default())?;
            left -= now;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.output.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

/// Subject, reply and length of a publish without headers.
fn places<'a>(words: impl Iterator<Item = &'a str>) -> anyhow::Result<(&'a str, Option<&'a str>, usize)> {
    match *words.collect::<Vec<_>>().as_slice() {
        [subject, reply, length] => Ok((subject, Some(reply), length.parse()?)),
        [subject, length] => Ok((subject, None, length.parse()?)),
        _ => bail!("not a publish"),
    }
}

/// Deliveries one after the other, all of the same length.
fn block(mail: Mail, number: &str, is_stored: bool) -> Vec<u8> {
    let payload = mail.payload();
    let mut block = Vec::new();
    for message in 0..MESSAGES {
        // A sequence of five digits, whatever its number.
        let place = 10_000 + message;
        let reply = if is_stored {
            format!("$JS.ACK.{STREAM}.{}.1.{place}.{place}.1764147600000000000.0 ", mail.name())
        } else {
            String::new()
        };
        let headers = mail
            .traceparent(message)
            .map(|traceparent| format!("NATS/1.0\r\ntraceparent: {traceparent}\r\n\r\n"))
            .unwrap_or_default();
        let (head, size) = (headers.len(), headers.len() + payload.len());
        let start = if head == 0 {
            format!("MSG {} {number} {reply}{size}\r\n", mail.name())
        } else {
            format!("HMSG {} {number} {reply}{head} {size}\r\n{headers}", mail.name())
        };
        block.extend_from_slice(start.as_bytes());
        block.extend_from_slice(&payload);
        block.extend_from_slice(b"\r\n");
    }
    block
}

/// A durable pull consumer that asks for no acknowledgements.
fn info(consumer: &str) -> Value {
    let nothing = json!({"consumer_seq": 0, "stream_seq": 0});
    json!({
        "type": "io.nats.jetstream.api.v1.consumer_info_response",
        "stream_name": STREAM,
        "name": consumer,
        "created": "2026-01-01T00:00:00Z",
        "config": {
            "durable_name": consumer, "name": consumer, "deliver_policy": "all", "ack_policy": "none",
            "replay_policy": "instant", "filter_subject": consumer,
        },
        "delivered": nothing, "ack_floor": nothing,
        "num_ack_pending": 0, "num_redelivered": 0, "num_waiting": 0, "num_pending": 1_000_000,
    })
}
