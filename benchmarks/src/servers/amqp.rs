//! An AMQP 0.9.1 broker, as far as a client needs one to publish with confirms and to be delivered to.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, bail, ensure};

use super::mail::{self, DELIVER, MESSAGES, Mail};

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const HEARTBEAT: u8 = 8;
const END: u8 = 0xce;
const FRAME_MAX: u32 = 131_072;

/// A method's class and number.
type Method = (u16, u16);

const CONNECTION_START: Method = (10, 10);
const CONNECTION_START_OK: Method = (10, 11);
const CONNECTION_TUNE: Method = (10, 30);
const CONNECTION_TUNE_OK: Method = (10, 31);
const CONNECTION_OPEN: Method = (10, 40);
const CONNECTION_CLOSE: Method = (10, 50);
const CHANNEL_OPEN: Method = (20, 10);
const CHANNEL_CLOSE: Method = (20, 40);
const QUEUE_DECLARE: Method = (50, 10);
const BASIC_QOS: Method = (60, 10);
const BASIC_CONSUME: Method = (60, 20);
const BASIC_CANCEL: Method = (60, 30);
const BASIC_PUBLISH: Method = (60, 40);
const BASIC_DELIVER: Method = (60, 60);
const BASIC_ACK: Method = (60, 80);
const CONFIRM_SELECT: Method = (85, 10);

#[derive(Default)]
struct Channel {
    confirms: bool,
    /// Publishes so far, and of them those that are confirmed.
    published: u64,
    confirmed: u64,
    /// Where the message that is being read goes to, and how much of it is missing.
    routing_key: Vec<u8>,
    missing: u64,
    body: Vec<u8>,
    /// Consumers: the queue and their tag.
    consumers: HashMap<Vec<u8>, Vec<u8>>,
    blocks: HashMap<&'static str, Vec<u8>>,
}

struct Connection {
    output: TcpStream,
    channels: HashMap<u16, Channel>,
}

pub(super) fn serve(stream: TcpStream) -> anyhow::Result<()> {
    let mut connection = Connection { output: stream.try_clone()?, channels: HashMap::new() };
    let mut input = BufReader::with_capacity(1 << 16, stream);
    let mut protocol = [0; 8];
    input.read_exact(&mut protocol)?;
    ensure!(&protocol == b"AMQP\x00\x00\x09\x01", "another protocol");
    connection.start()?;
    let mut head = [0; 7];
    let mut payload = Vec::new();
    while !(input.buffer().is_empty() && is_over(&mut input)?) {
        input.read_exact(&mut head)?;
        let [kind, high, low, length @ ..] = head;
        payload.resize(usize::try_from(u32::from_be_bytes(length))? + 1, 0);
        input.read_exact(&mut payload)?;
        ensure!(payload.pop() == Some(END), "a frame does not end");
        connection.obey(kind, u16::from_be_bytes([high, low]), &payload)?;
        if input.buffer().is_empty() {
            connection.confirm()?;
        }
    }
    Ok(())
}

fn is_over(input: &mut BufReader<TcpStream>) -> anyhow::Result<bool> {
    Ok(std::io::BufRead::fill_buf(input)?.is_empty())
}

impl Connection {
    fn start(&mut self) -> anyhow::Result<()> {
        let mut arguments = vec![0, 9];
        arguments.extend(0_u32.to_be_bytes());
        for text in [&b"PLAIN"[..], b"en_US"] {
            arguments.extend(u32::try_from(text.len())?.to_be_bytes());
            arguments.extend_from_slice(text);
        }
        self.say(0, CONNECTION_START, &arguments)
    }

    fn obey(&mut self, kind: u8, channel: u16, payload: &[u8]) -> anyhow::Result<()> {
        match kind {
            METHOD => {
                let (method, arguments) =
                    payload.split_first_chunk::<4>().context("a method is too short")?;
                let [class, class_low, number, number_low] = *method;
                let class = u16::from_be_bytes([class, class_low]);
                self.called(channel, (class, u16::from_be_bytes([number, number_low])), arguments)
            }
            HEADER => {
                // Class and weight stand before the size of the body.
                let size = payload.get(4..).and_then(<[u8]>::first_chunk::<8>).context("a short header")?;
                let state = self.channels.entry(channel).or_default();
                state.missing = u64::from_be_bytes(*size);
                state.body.clear();
                self.published(channel)
            }
            BODY => {
                let state = self.channels.entry(channel).or_default();
                state.missing = state.missing.saturating_sub(u64::try_from(payload.len())?);
                if state.routing_key == DELIVER.as_bytes() {
                    state.body.extend_from_slice(payload);
                }
                self.published(channel)
            }
            HEARTBEAT => Ok(()),
            other => bail!("a frame of type {other}"),
        }
    }

    fn called(&mut self, channel: u16, method: Method, arguments: &[u8]) -> anyhow::Result<()> {
        let (class, number) = method;
        match method {
            CONNECTION_START_OK => {
                let mut tune = 2_047_u16.to_be_bytes().to_vec();
                tune.extend(FRAME_MAX.to_be_bytes());
                tune.extend(0_u16.to_be_bytes());
                self.say(0, CONNECTION_TUNE, &tune)
            }
            // A settlement needs no answer.
            CONNECTION_TUNE_OK | BASIC_ACK => Ok(()),
            CONNECTION_OPEN => self.say(0, (class, number + 1), &[0]),
            CHANNEL_OPEN => {
                self.channels.insert(channel, Channel::default());
                self.say(channel, (class, number + 1), &0_u32.to_be_bytes())
            }
            CONFIRM_SELECT => {
                self.channels.entry(channel).or_default().confirms = true;
                self.say(channel, (class, number + 1), &[])
            }
            QUEUE_DECLARE => {
                let mut answer = short(arguments.get(2..).unwrap_or_default())?.0.to_vec();
                answer.insert(0, u8::try_from(answer.len())?);
                answer.extend([0; 8]);
                self.say(channel, (class, number + 1), &answer)
            }
            CONNECTION_CLOSE | CHANNEL_CLOSE | BASIC_QOS => self.say(channel, (class, number + 1), &[]),
            BASIC_CONSUME => {
                let (queue, rest) = short(arguments.get(2..).unwrap_or_default())?;
                let (mut tag, _) = short(rest)?;
                if tag.is_empty() {
                    tag = b"consumer";
                }
                let state = self.channels.entry(channel).or_default();
                state.consumers.insert(queue.to_vec(), tag.to_vec());
                self.say(channel, (class, number + 1), &long_tag(tag)?)
            }
            BASIC_CANCEL => {
                let (tag, _) = short(arguments)?;
                self.say(channel, (class, number + 1), &long_tag(tag)?)
            }
            BASIC_PUBLISH => {
                let (_, rest) = short(arguments.get(2..).unwrap_or_default())?;
                let (routing_key, _) = short(rest)?;
                let state = self.channels.entry(channel).or_default();
                state.routing_key.clear();
                state.routing_key.extend_from_slice(routing_key);
                Ok(())
            }
            _ => bail!("method {class}.{number} is not understood"),
        }
    }

    /// A message was read, if nothing of it is missing.
    fn published(&mut self, channel: u16) -> anyhow::Result<()> {
        let state = self.channels.entry(channel).or_default();
        if state.missing > 0 {
            return Ok(());
        }
        state.published += 1;
        if state.routing_key == DELIVER.as_bytes() && !state.body.is_empty() {
            let (mail, count) = mail::order(&state.body)?;
            return self.deliver(channel, mail, count);
        }
        Ok(())
    }

    /// Confirms together what was read together.
    fn confirm(&mut self) -> anyhow::Result<()> {
        let waiting = self.channels.iter_mut().filter(|(_, state)| state.confirms);
        let mut answers = Vec::new();
        for (channel, state) in waiting.filter(|(_, state)| state.published > state.confirmed) {
            state.confirmed = state.published;
            let mut arguments = state.confirmed.to_be_bytes().to_vec();
            // All up to this one.
            arguments.push(1);
            answers.extend(method(*channel, BASIC_ACK, &arguments)?);
        }
        Ok(self.output.write_all(&answers)?)
    }

    fn deliver(&mut self, channel: u16, mail: Mail, count: u32) -> anyhow::Result<()> {
        let state = self.channels.entry(channel).or_default();
        let tag = state.consumers.get(mail.name().as_bytes()).context("nobody consumes it")?;
        if !state.blocks.contains_key(mail.name()) {
            state.blocks.insert(mail.name(), block(channel, tag, mail)?);
        }
        let block = state.blocks.get(mail.name()).map(Vec::as_slice).unwrap_or_default();
        let each = block.len() / usize::try_from(MESSAGES)?;
        let mut left = count;
        while left > 0 {
            let now = left.min(MESSAGES);
            self.output.write_all(block.get(..each * usize::try_from(now)?).unwrap_or_default())?;
            left -= now;
        }
        Ok(())
    }

    fn say(&mut self, channel: u16, what: Method, arguments: &[u8]) -> anyhow::Result<()> {
        Ok(self.output.write_all(&method(channel, what, arguments)?)?)
    }
}

fn frame(kind: u8, channel: u16, payload: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut frame = vec![kind];
    frame.extend(channel.to_be_bytes());
    frame.extend(u32::try_from(payload.len())?.to_be_bytes());
    frame.extend_from_slice(payload);
    frame.push(END);
    Ok(frame)
}

fn method(channel: u16, (class, number): Method, arguments: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut payload = class.to_be_bytes().to_vec();
    payload.extend(number.to_be_bytes());
    payload.extend_from_slice(arguments);
    frame(METHOD, channel, &payload)
}

/// A short string, and what comes after it.
fn short(bytes: &[u8]) -> anyhow::Result<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first().context("a short string is missing")?;
    rest.split_at_checked(usize::from(*length)).context("a short string is cut off")
}

fn long_tag(text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![u8::try_from(text.len())?];
    bytes.extend_from_slice(text);
    Ok(bytes)
}

/// Deliveries one after the other, all of the same length.
fn block(channel: u16, tag: &[u8], mail: Mail) -> anyhow::Result<Vec<u8>> {
    let payload = mail.payload();
    let mut block = Vec::new();
    for number in 0..MESSAGES {
        let mut deliver = long_tag(tag)?;
        deliver.extend(u64::from(number + 1).to_be_bytes());
        // Not delivered before, and from the default exchange.
        deliver.extend([0, 0]);
        deliver.extend(long_tag(mail.name().as_bytes())?);
        block.extend(method(channel, BASIC_DELIVER, &deliver)?);
        let mut header = 60_u16.to_be_bytes().to_vec();
        header.extend(0_u16.to_be_bytes());
        header.extend(u64::try_from(payload.len())?.to_be_bytes());
        match mail.traceparent(number) {
            Some(traceparent) => {
                // The flag of the headers, which are a table of long strings.
                header.extend(0x2000_u16.to_be_bytes());
                let mut table = long_tag(b"traceparent")?;
                table.push(b'S');
                table.extend(u32::try_from(traceparent.len())?.to_be_bytes());
                table.extend_from_slice(traceparent.as_bytes());
                header.extend(u32::try_from(table.len())?.to_be_bytes());
                header.extend(table);
            }
            None => header.extend(0_u16.to_be_bytes()),
        }
        block.extend(frame(HEADER, channel, &header)?);
        block.extend(frame(BODY, channel, &payload)?);
    }
    Ok(block)
}
