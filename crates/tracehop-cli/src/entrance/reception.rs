//! The way of a request from its body to the sink, whatever carried it.

use std::sync::Arc;
use std::thread::available_parallelism;

use axum::http::HeaderMap;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::access::Access;
use super::bounds::Bounds;
use super::counts::{Counts, add};
use super::decoded::{Decoded, Decoder, Format};
use super::in_flight::{InFlight, Ticket};
use super::refusal::{Kind, Refusal};
use super::sink::Sink;
use super::verdict::{Signal, Verdict};

/// Bodies that are larger are decoded where nobody waits.
const LARGE: usize = 256 << 10;

/// How many bodies are decoded at once at most: while it is decoded, one can take many times its bytes.
const MOST_DECODERS: usize = 4;

/// What all requests share.
pub(super) struct Reception<S> {
    pub(super) sink: S,
    pub(super) access: Access,
    pub(super) counts: Arc<Counts>,
    decoder: Arc<Decoder>,
    in_flight: Arc<InFlight>,
    decoders: Semaphore,
}

impl<S: Sink> Reception<S> {
    pub(super) fn new(sink: S, access: Access, mut decoder: Decoder, counts: Arc<Counts>) -> Self {
        decoder.keeps_raw = sink.keeps_raw();
        let processors = available_parallelism().map_or(1, Into::into);
        Self {
            access,
            counts,
            in_flight: InFlight::new(&decoder.bounds),
            decoder: Arc::new(decoder),
            decoders: Semaphore::new(processors.min(MOST_DECODERS)),
            sink,
        }
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.decoder.bounds
    }

    /// Lets a request in, by what its first lines say.
    pub(super) fn enter(&self, headers: &HeaderMap) -> Result<Ticket, Refusal> {
        if !Access::origin_is_right(headers) {
            let why = "pages of this machine only may send spans here from a browser";
            return Err(Refusal::new(Kind::ForeignOrigin, why));
        }
        if !self.access.exporter_may_send(headers) {
            let why = "the token is missing or wrong: send the header Authorization: Bearer …, as `tracehop view` printed it";
            return Err(Refusal::new(Kind::NoToken, why));
        }
        self.in_flight.enter()
    }

    /// Takes a body to the sink.
    pub(super) async fn take(
        &self,
        signal: Signal,
        format: Format,
        body: Bytes,
        mut ticket: Ticket,
    ) -> Result<Verdict, Refusal> {
        // Metrics are only counted.
        if signal != Signal::Metrics {
            self.sink.has_room()?;
        }
        // Nobody closes it.
        let permit = self.decoders.acquire().await;
        let length = body.len();
        let decoded = if length > LARGE {
            let decoder = Arc::clone(&self.decoder);
            let decoding = spawn_blocking(move || decoder.decode(signal, format, &body));
            decoding.await.map_err(|_| Refusal::busy("the program stops"))?
        } else {
            self.decoder.decode(signal, format, &body)
        }?;
        drop(permit);
        ticket.grow(decoded.bytes(length))?;
        self.put(decoded).await
    }

    async fn put(&self, decoded: Decoded) -> Result<Verdict, Refusal> {
        match decoded {
            Decoded::Spans { spans, raw, verdict } => {
                let count = spans.len();
                if count > 0 {
                    self.sink.spans(spans, raw).await?;
                }
                add(&self.counts.spans, u64::try_from(count).unwrap_or(u64::MAX));
                add(&self.counts.refused_spans, verdict.refused);
                Ok(verdict)
            }
            Decoded::Logs { logs, raw } => {
                let count = logs.len();
                if count > 0 {
                    self.sink.logs(logs, raw).await?;
                }
                add(&self.counts.logs, u64::try_from(count).unwrap_or(u64::MAX));
                Ok(Verdict::default())
            }
            Decoded::Metrics { points } => {
                add(&self.counts.metric_points, points);
                Ok(Verdict::default())
            }
        }
    }

    /// Counts a request and what became of it.
    pub(super) fn count(&self, result: Result<&Verdict, &Refusal>) {
        add(&self.counts.requests, 1);
        match result.map_err(|refusal| refusal.kind) {
            Ok(_) => {}
            Err(Kind::Busy(_)) => add(&self.counts.busy_requests, 1),
            Err(_) => add(&self.counts.refused_requests, 1),
        }
    }
}
