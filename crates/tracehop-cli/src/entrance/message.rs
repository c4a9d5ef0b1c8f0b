//! The message of a call of gRPC, and the frame around it.

use axum::body::{Body, Bytes};

use super::bounds::Bounds;
use super::in_flight::Ticket;
use super::intake::{self, Compression, Content};
use super::refusal::Refusal;

/// Before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// The only message of a call, decompressed. It stops where a bound is broken.
pub(super) async fn read(
    body: &mut Body,
    compression: Compression,
    bounds: &Bounds,
    ticket: &mut Ticket,
) -> Result<Bytes, Refusal> {
    let mut message = Message::new(compression, bounds, ticket);
    intake::each_chunk(body, bounds, |chunk| message.push(chunk)).await?;
    message.finish()
}

/// A message with its frame, not compressed.
pub(super) fn framed(message: &[u8]) -> Bytes {
    // Answers are short.
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0], &length.to_be_bytes()[..], message].concat().into()
}

struct Message<'a> {
    prefix: Vec<u8>,
    compression: Compression,
    bounds: &'a Bounds,
    /// Until the prefix is complete.
    ticket: Option<&'a mut Ticket>,
    /// From then on.
    content: Option<Content<'a>>,
    left: usize,
}

impl<'a> Message<'a> {
    fn new(compression: Compression, bounds: &'a Bounds, ticket: &'a mut Ticket) -> Self {
        let prefix = Vec::with_capacity(PREFIX);
        Self { prefix, compression, bounds, ticket: Some(ticket), content: None, left: 0 }
    }

    fn push(&mut self, mut chunk: Bytes) -> Result<(), Refusal> {
        let missing = PREFIX.saturating_sub(self.prefix.len());
        if missing > 0 {
            let part = chunk.split_to(missing.min(chunk.len()));
            self.prefix.extend_from_slice(&part);
            self.open()?;
        }
        if chunk.is_empty() {
            return Ok(());
        }
        let left = self.left.checked_sub(chunk.len());
        self.left = left.ok_or_else(|| Refusal::not_otlp("the call has more than one message"))?;
        match &mut self.content {
            Some(content) => content.push(chunk),
            None => Ok(()),
        }
    }

    /// Begins with the content, once the prefix is complete.
    fn open(&mut self) -> Result<(), Refusal> {
        let Some((&[is_compressed, length @ ..], ticket)) =
            self.prefix.first_chunk::<PREFIX>().zip(self.ticket.take_if(|_| self.prefix.len() == PREFIX))
        else {
            return Ok(());
        };
        let compression = match (is_compressed, self.compression) {
            (0, _) => Compression::None,
            (1, Compression::Gzip) => Compression::Gzip,
            (1, Compression::None) => {
                return Err(Refusal::not_otlp(
                    "the message is compressed, and grpc-encoding does not say how",
                ));
            }
            _ => return Err(Refusal::not_otlp("the message does not begin with its frame")),
        };
        self.left = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if self.left > self.bounds.wire_bytes {
            return Err(Refusal::too_large(self.bounds.wire_bytes, ""));
        }
        self.content = Some(Content::new(compression, self.bounds.plain_bytes, ticket));
        Ok(())
    }

    fn finish(self) -> Result<Bytes, Refusal> {
        match self.content {
            Some(content) if self.left == 0 => content.finish(),
            _ => Err(Refusal::not_otlp("the message ended early")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::super::in_flight::InFlight;
    use super::super::refusal::Kind;
    use super::*;

    fn frame(is_compressed: u8, content: &[u8]) -> Vec<u8> {
        let mut frame = framed(content).to_vec();
        frame[0] = is_compressed;
        frame
    }

    fn put_together(compression: Compression, chunks: &[&[u8]]) -> Result<Bytes, Refusal> {
        let bounds = Bounds { wire_bytes: 1_000, ..Bounds::default() };
        let mut ticket = InFlight::new(&bounds).enter().unwrap();
        let mut message = Message::new(compression, &bounds, &mut ticket);
        for chunk in chunks {
            message.push(Bytes::copy_from_slice(chunk))?;
        }
        message.finish()
    }

    #[test]
    fn a_message_is_the_same_however_it_comes_in() {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"the message").unwrap();
        let packed = encoder.finish().unwrap();
        for (compression, frame) in [
            (Compression::None, frame(0, b"the message")),
            (Compression::Gzip, frame(0, b"the message")),
            (Compression::Gzip, frame(1, &packed)),
        ] {
            for size in 1..=frame.len() {
                let chunks: Vec<&[u8]> = frame.chunks(size).collect();
                assert_eq!(
                    put_together(compression, &chunks).unwrap(),
                    "the message",
                    "{compression:?} by {size}"
                );
            }
        }
        assert_eq!(put_together(Compression::None, &[&frame(0, b"")]).unwrap(), "");
    }

    #[test]
    fn what_is_not_one_message_is_refused() {
        fn check(compression: Compression, bytes: &[u8], kind: Kind, why: &str) {
            for size in [1, bytes.len().max(1)] {
                let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
                let refusal = put_together(compression, &chunks).unwrap_err();
                assert_eq!(refusal.kind, kind);
                assert!(refusal.why.starts_with(why), "{}", refusal.why);
            }
        }
        let not = Kind::NotOtlp;
        check(Compression::None, b"", not, "the message ended early");
        check(Compression::None, &[0, 0, 0, 0], not, "the message ended early");
        check(Compression::None, &[0, 0, 0, 0, 2, b'a'], not, "the message ended early");
        check(Compression::None, &[0, 0, 0, 0, 1, b'a', b'b'], not, "the call has more than one message");
        check(
            Compression::None,
            &[&frame(0, b"a")[..], &frame(0, b"b")].concat(),
            not,
            "the call has more than one message",
        );
        check(Compression::None, &frame(1, b"a"), not, "the message is compressed");
        check(Compression::Gzip, &frame(1, b"a"), not, "the body is not gzip");
        check(Compression::Gzip, &frame(2, b"a"), not, "the message does not begin with its frame");
        check(Compression::None, b"{\"resourceSpans\":[]}", not, "the message does not begin with its frame");
        check(
            Compression::None,
            &[0, 0xff, 0xff, 0xff, 0xff],
            Kind::TooLarge,
            "the request has more than 1000 bytes",
        );
    }
}
