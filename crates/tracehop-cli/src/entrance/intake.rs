//! A body as it comes in, decompressed within its bounds.

use std::future::poll_fn;
use std::io::{self, Write};
use std::mem;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Version;
use flate2::write::GzDecoder;
use tokio::time::timeout;

use super::bounds::Bounds;
use super::in_flight::Ticket;
use super::refusal::{Kind, Refusal};

/// How many bytes of a refused request are read before the connection is given up, and for how long.
const MOST_DRAINED: usize = 256 << 20;
const LONGEST_DRAIN: Duration = Duration::from_secs(10);

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
}

/// The content of a body. It stops where a bound is broken.
pub(super) async fn read(
    body: &mut Body,
    compression: Compression,
    bounds: &Bounds,
    ticket: &mut Ticket,
) -> Result<Bytes, Refusal> {
    let mut content = Content::new(compression, bounds.plain_bytes, ticket);
    each_chunk(body, bounds, |chunk| content.push(chunk)).await?;
    content.finish()
}

/// Passes on each piece of a body, within the bounds of size and time.
pub(super) async fn each_chunk(
    body: &mut Body,
    bounds: &Bounds,
    mut pass: impl FnMut(Bytes) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let too_large = || Refusal::too_large(bounds.wire_bytes, "");
    let most = u64::try_from(bounds.wire_bytes).unwrap_or(u64::MAX);
    if body.size_hint().lower() > most {
        return Err(too_large());
    }
    let mut left = bounds.wire_bytes;
    let reading = async {
        while let Some(chunk) = next(body).await? {
            left = left.checked_sub(chunk.len()).ok_or_else(too_large)?;
            pass(chunk)?;
        }
        Ok(())
    };
    let slow =
        || Refusal::new(Kind::TooSlow, format!("the request did not arrive within {:?}", bounds.slowest));
    timeout(bounds.slowest, reading).await.unwrap_or_else(|_| Err(slow()))
}

/// Ends a refused request.
///
/// With HTTP/1, what is left of it is read and forgotten: who still writes does not read the answer yet, and a connection that
/// is closed before would take the answer with it. A stream of HTTP/2 ends without its connection.
pub(super) fn leave(version: Version, mut body: Body, refusal: &Refusal) {
    if version >= Version::HTTP_2 || refusal.kind == Kind::TooSlow || body.is_end_stream() {
        return;
    }
    tokio::spawn(async move {
        let reading = async {
            let mut left = MOST_DRAINED;
            while let Ok(Some(chunk)) = next(&mut body).await {
                match left.checked_sub(chunk.len()) {
                    Some(less) => left = less,
                    None => return,
                }
            }
        };
        // Whoever takes longer loses the connection.
        let _ = timeout(LONGEST_DRAIN, reading).await;
    });
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        let Some(frame) = frame else { return Ok(None) };
        let frame = frame.map_err(|error| Refusal::not_otlp(format!("the body ended early: {error}")))?;
        // Trailers say nothing here.
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

const DECOMPRESSED: &str = " once it is decompressed";

/// What a body is put together in.
pub(super) struct Content<'a> {
    /// The only piece, which need not be copied.
    only: Bytes,
    rest: Rest<'a>,
}

enum Rest<'a> {
    Plain(Plain<'a>),
    Gzip(Gzip<'a>),
}

/// What is compressed: one member of gzip, or several, one after the other. It is none only while one member follows another.
struct Gzip<'a>(Option<Box<GzDecoder<Plain<'a>>>>);

/// Plain bytes, and how many more there may be.
struct Plain<'a> {
    bytes: Vec<u8>,
    left: usize,
    most: usize,
    ticket: &'a mut Ticket,
    /// Which bound was broken, since the decoder passes on errors of its own kind only.
    broken: Option<Refusal>,
}

impl<'a> Content<'a> {
    pub(super) fn new(compression: Compression, most: usize, ticket: &'a mut Ticket) -> Self {
        let plain = Plain { bytes: Vec::new(), left: most, most, ticket, broken: None };
        let rest = match compression {
            Compression::None => Rest::Plain(plain),
            Compression::Gzip => Rest::Gzip(Gzip::of(plain)),
        };
        Self { only: Bytes::new(), rest }
    }

    pub(super) fn push(&mut self, chunk: Bytes) -> Result<(), Refusal> {
        match &mut self.rest {
            Rest::Plain(plain) => {
                plain.admit(chunk.len())?;
                if plain.bytes.is_empty() && self.only.is_empty() {
                    self.only = chunk;
                } else {
                    plain.bytes.extend_from_slice(&mem::take(&mut self.only));
                    plain.bytes.extend_from_slice(&chunk);
                }
                Ok(())
            }
            Rest::Gzip(gzip) => gzip.push(&chunk),
        }
    }

    pub(super) fn finish(self) -> Result<Bytes, Refusal> {
        match self.rest {
            Rest::Plain(plain) if plain.bytes.is_empty() => Ok(self.only),
            Rest::Plain(plain) => Ok(plain.bytes.into()),
            Rest::Gzip(mut gzip) => Ok(gzip.end_member()?.bytes.into()),
        }
    }
}

impl<'a> Gzip<'a> {
    fn of(plain: Plain<'a>) -> Self {
        Self(Some(Box::new(GzDecoder::new(plain))))
    }

    fn push(&mut self, mut chunk: &[u8]) -> Result<(), Refusal> {
        while let Some(decoder) = self.0.as_mut().filter(|_| !chunk.is_empty()) {
            let taken = decoder.write(chunk).map_err(|error| decoder.get_mut().refusal(&error))?;
            chunk = chunk.get(taken..).unwrap_or_default();
            // So the decoder says that its member has ended.
            if taken == 0 {
                let mut plain = self.end_member()?;
                plain.admit_member()?;
                *self = Self::of(plain);
            }
        }
        Ok(())
    }

    /// What is decompressed up to here.
    fn end_member(&mut self) -> Result<Plain<'a>, Refusal> {
        let no_member = || Refusal::not_otlp("the body is not gzip");
        let mut decoder = self.0.take().ok_or_else(no_member)?;
        decoder.try_finish().map_err(|error| decoder.get_mut().refusal(&error))?;
        decoder.finish().map_err(|_| no_member())
    }
}

impl Plain<'_> {
    fn admit(&mut self, bytes: usize) -> Result<(), Refusal> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| Refusal::too_large(self.most, DECOMPRESSED))?;
        self.ticket.grow(bytes)
    }

    /// A further member of gzip takes room as if it were so long: with twenty bytes it costs the time of some thousand.
    fn admit_member(&mut self) -> Result<(), Refusal> {
        const BYTES: usize = 4_096;
        let left = self.left.checked_sub(BYTES);
        self.left = left.ok_or_else(|| Refusal::too_large(self.most, DECOMPRESSED))?;
        Ok(())
    }

    fn refusal(&mut self, error: &io::Error) -> Refusal {
        let not_gzip = || Refusal::not_otlp(format!("the body is not gzip: {error}"));
        self.broken.take().unwrap_or_else(not_gzip)
    }
}

impl Write for Plain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(refusal) = self.admit(bytes.len()) {
            self.broken = Some(refusal);
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression as Level;
    use flate2::write::GzEncoder;

    use super::super::in_flight::InFlight;
    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Level::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn put_together(compression: Compression, bounds: &Bounds, chunks: &[&[u8]]) -> Result<Bytes, Refusal> {
        let mut ticket = InFlight::new(bounds).enter().unwrap();
        let mut content = Content::new(compression, bounds.plain_bytes, &mut ticket);
        for chunk in chunks {
            content.push(Bytes::copy_from_slice(chunk))?;
        }
        content.finish()
    }

    #[test]
    fn a_body_is_the_same_however_it_comes_in() {
        let text = b"the quick brown fox jumps over the lazy dog".repeat(100);
        let packed = gzip(&text);
        for (compression, wire) in [(Compression::None, &text), (Compression::Gzip, &packed)] {
            for size in [1, 7, 64, wire.len()] {
                let chunks: Vec<&[u8]> = wire.chunks(size).collect();
                let read = put_together(compression, &Bounds::default(), &chunks).unwrap();
                assert_eq!(read, text, "{compression:?} by {size}");
            }
        }
        assert_eq!(put_together(Compression::None, &Bounds::default(), &[]).unwrap(), "");
        assert_eq!(put_together(Compression::Gzip, &Bounds::default(), &[&gzip(b"")]).unwrap(), "");
    }

    #[test]
    fn members_of_gzip_that_follow_each_other_are_one_body() {
        let body = [gzip(b"one "), gzip(b""), gzip(b"two")].concat();
        for size in 1..=body.len() {
            let chunks: Vec<&[u8]> = body.chunks(size).collect();
            let together = put_together(Compression::Gzip, &Bounds::default(), &chunks).unwrap();
            assert_eq!(together, "one two", "by {size}");
        }
    }

    #[test]
    fn members_without_end_are_refused_within_the_bound() {
        let body = gzip(b"").repeat(100);
        let bounds = |plain_bytes| Bounds { plain_bytes, ..Bounds::default() };
        assert_eq!(put_together(Compression::Gzip, &bounds(1 << 20), &[&body]).unwrap(), "");
        let refusal = put_together(Compression::Gzip, &bounds(1 << 18), &[&body]).unwrap_err();
        assert_eq!(refusal.kind, Kind::TooLarge);
    }

    #[test]
    fn what_is_no_gzip_is_refused() {
        let whole = gzip(b"whole");
        let mut wrong_sum = whole.clone();
        let sum = wrong_sum.len() - 8;
        wrong_sum[sum] ^= 1;
        let check = |chunks: &[&[u8]], expected: &str| {
            let refusal = put_together(Compression::Gzip, &Bounds::default(), chunks).unwrap_err();
            assert_eq!(refusal.kind, Kind::NotOtlp);
            assert!(refusal.why.contains(expected), "{}", refusal.why);
        };
        check(&[b"plain text is not gzip"], "the body is not gzip");
        check(&[], "the body is not gzip");
        check(&[&wrong_sum], "the body is not gzip");
        check(&[&whole, b"more"], "the body is not gzip");
        check(&[&whole, &whole[..9]], "the body is not gzip");
        check(&[&whole, &wrong_sum], "the body is not gzip");
        check(&[&wrong_sum, &whole], "the body is not gzip");
        for end in 1..whole.len() {
            check(&[&whole[..end]], "the body is not gzip");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_bound() {
        let bounds = Bounds { plain_bytes: 1 << 20, ..Bounds::default() };
        let bomb = gzip(&vec![0; 100 << 20]);
        assert!(bomb.len() < 200 << 10);
        let mut ticket = InFlight::new(&bounds).enter().unwrap();
        let mut content = Content::new(Compression::Gzip, bounds.plain_bytes, &mut ticket);
        let refusal = content.push(bomb.into()).unwrap_err();
        assert_eq!(refusal.kind, Kind::TooLarge);
        let Rest::Gzip(decoder) = &content.rest else { unreachable!() };
        let held = decoder.0.as_ref().unwrap().get_ref().bytes.capacity();
        assert!(held <= 2 << 20, "{held} bytes are held");
    }

    #[test]
    fn a_body_waits_for_room_among_all_bodies() {
        let bounds = Bounds { bytes_in_flight: 1_000, ..Bounds::default() };
        for (compression, wire) in
            [(Compression::None, vec![0; 1_001]), (Compression::Gzip, gzip(&[0; 1_001]))]
        {
            let refusal = put_together(compression, &bounds, &[&wire]).unwrap_err();
            assert!(matches!(refusal.kind, Kind::Busy(_)), "{refusal:?}");
        }
    }
}
