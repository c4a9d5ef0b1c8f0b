use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use opentelemetry::otel_warn;
use opentelemetry_sdk::error::OTelSdkError;

use super::counters::OtlpCounters;
use super::encoder::OtlpEncoder;
use super::headers::Headers;
use super::part::Part;
use super::partial_success::PartialSuccess;
use super::retry::{Backoff, Verdict};
use super::stop::Stop;
use super::text::bounded;
use super::transport::{OtlpRequest, OtlpResponse, OtlpTransport};
use super::transport_error::OtlpTransportError;

/// Brings batches to the server: in parts if they are too large, again if they may be accepted later. Every span is counted
/// once.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) transport: Box<dyn OtlpTransport>,
    pub(super) counters: OtlpCounters,
    /// For all attempts at one batch.
    pub(super) timeout: Duration,
    pub(super) max_request_bytes: usize,
    /// To take what is secret out of what a server says.
    pub(super) headers: Headers,
    pub(super) stop: Stop,
}

/// So many bytes are sent before a server can have read enough of them: they fit into the buffers of a connection.
const IN_ONE_GO: usize = 64 * 1024;

/// A server that refuses a single span of fewer bytes as too large refuses everything. To split the rest of the batch would make a
/// request of each of its spans.
const HOPELESS: usize = 4 * 1024;

/// Why a part of a batch did not arrive.
enum Failure {
    TooLarge(String),
    Refused(OtlpTransportError),
    /// The last error, if there was time for one attempt.
    TimedOut(Option<OtlpTransportError>),
    ShutDown,
}

/// Spans of a batch that were lost, and the last reason.
#[derive(Debug)]
pub(crate) struct Loss {
    pub(crate) spans: usize,
    pub(crate) error: OTelSdkError,
}

impl Delivery {
    /// Delivers a batch. The error is that of the last part that failed.
    pub(super) fn deliver(
        &self,
        batch: impl Part,
        encoder: &OtlpEncoder,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Loss> {
        let deadline = Instant::now() + self.timeout;
        let (mut lost, mut reason) = (0, None);
        // Once for a batch: where one part was too large, the next one need not be tried twice.
        let mut has_broken_off = false;
        // The next part is the last element.
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let spans = part.spans();
            if spans == 0 {
                continue;
            }
            part.encode(encoder, buffer);
            match self.send(buffer, spans, deadline, &mut has_broken_off) {
                Ok(response) => self.accepted(spans, &response),
                Err(Failure::TooLarge(_)) if spans > 1 => {
                    self.counters.add_split();
                    let (first, second) = part.halves();
                    parts.extend([second, first]);
                }
                Err(failure) => {
                    let is_hopeless = matches!(failure, Failure::TooLarge(_))
                        && buffer.len() < HOPELESS.min(self.max_request_bytes);
                    lost += spans;
                    reason = Some(self.lost(&part, failure));
                    if is_hopeless {
                        let rest = parts.iter().map(Part::spans).sum();
                        self.counters.add_too_large(rest);
                        lost += rest;
                        break;
                    }
                }
            }
        }
        reason.map_or(Ok(()), |error| Err(Loss { spans: lost, error }))
    }

    fn send(
        &self,
        body: &[u8],
        spans: usize,
        deadline: Instant,
        has_broken_off: &mut bool,
    ) -> Result<OtlpResponse, Failure> {
        if body.len() > self.max_request_bytes {
            let limit = self.max_request_bytes;
            return Err(Failure::TooLarge(format!("{} bytes, {limit} are allowed", body.len())));
        }
        let mut backoff = Backoff::new();
        let mut last = None;
        loop {
            if self.stop.is_set() {
                return Err(Failure::ShutDown);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::TimedOut(last));
            }
            if last.is_some() {
                self.counters.add_retry();
            }
            let error = match self.transport.send(OtlpRequest::new(body, spans, left)) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let after = match error.verdict() {
                Verdict::Retry { after } => after,
                // A server that has read enough closes the connection, and its answer cannot be read any more.
                Verdict::BrokeOff if *has_broken_off && body.len() > IN_ONE_GO => {
                    return Err(Failure::TooLarge(error.to_string()));
                }
                Verdict::BrokeOff => {
                    *has_broken_off = true;
                    None
                }
                Verdict::TooLarge => return Err(Failure::TooLarge(error.to_string())),
                Verdict::Refused => return Err(Failure::Refused(error)),
            };
            let wait = backoff.wait(after, RandomState::new().hash_one(0));
            // Nothing is gained by waiting for an attempt that cannot be made.
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return Err(Failure::TimedOut(Some(error)));
            }
            last = Some(error);
            if self.stop.wait(wait) {
                return Err(Failure::ShutDown);
            }
        }
    }

    fn accepted(&self, spans: usize, response: &OtlpResponse) {
        let said = response.body().and_then(|body| PartialSuccess::of_response(body).ok());
        let Some(said) = said else {
            self.counters.add_unconfirmed(spans);
            otel_warn!(name: "OtlpExporter.UnreadableResponse", spans = spans);
            return;
        };
        // A server may say anything, but cannot reject more than it was sent.
        let rejected = usize::try_from(said.rejected_spans.max(0)).map_or(spans, |count| count.min(spans));
        self.counters.add_rejected(rejected);
        self.counters.add_delivered(spans - rejected);
        if rejected > 0 || !said.error_message.is_empty() {
            let message = bounded(&self.headers.redact(&said.error_message));
            otel_warn!(name: "OtlpExporter.PartialSuccess", rejected_spans = rejected, message = message.as_str());
        }
    }

    fn lost(&self, part: &impl Part, failure: Failure) -> OTelSdkError {
        let spans = part.spans();
        match failure {
            Failure::TooLarge(reason) => {
                self.counters.add_too_large(spans);
                let name = bounded(part.first_name());
                otel_warn!(name: "OtlpExporter.SpanTooLarge", span = name.as_str(), reason = reason.as_str());
                OTelSdkError::InternalFailure(format!("the span {name:?} is too large: {reason}"))
            }
            Failure::Refused(error) => {
                self.counters.add_refused(spans);
                OTelSdkError::InternalFailure(format!("{spans} spans are lost: {error}"))
            }
            Failure::TimedOut(None) => {
                self.counters.add_timed_out(spans);
                OTelSdkError::Timeout(self.timeout)
            }
            Failure::TimedOut(Some(error)) => {
                self.counters.add_timed_out(spans);
                let time = self.timeout;
                OTelSdkError::InternalFailure(format!("{spans} spans are lost after {time:?}: {error}"))
            }
            Failure::ShutDown => {
                self.counters.add_after_shutdown(spans);
                OTelSdkError::AlreadyShutdown
            }
        }
    }
}
