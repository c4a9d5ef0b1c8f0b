use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::{Context, otel_warn};
use opentelemetry_sdk::error::OTelSdkError;

use super::counters::OtlpCounters;
use super::headers::Headers;
use super::outages::{Outages, Outcome};
use super::part::Part;
use super::partial_success::PartialSuccess;
use super::retry::{Backoff, Verdict};
use super::signal::Signal;
use super::stop::Stop;
use super::text::bounded;
use super::transport::{OtlpRequest, OtlpResponse, OtlpTransport};
use super::transport_error::OtlpTransportError;
use crate::panic_text::panic_text;

/// Brings batches to the server: in parts if they are too large, again if they may be accepted later. Every item of them is
/// counted once.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) signal: Signal,
    /// Where the transport goes to, for messages.
    pub(super) endpoint: String,
    pub(super) outages: Outages,
    pub(super) transport: Box<dyn OtlpTransport>,
    pub(super) counters: OtlpCounters,
    /// For all attempts at one batch.
    pub(super) timeout: Duration,
    pub(super) max_request_bytes: usize,
    /// To take what is secret out of what a server says.
    pub(super) headers: Headers,
    pub(super) stop: Arc<Stop>,
    pub(super) buffer: Mutex<Vec<u8>>,
}

/// Bytes that the buffer keeps. One huge span must not hold its memory for ever.
const KEPT: usize = 4 * 1024 * 1024;

/// So many bytes are sent before a server can have read enough of them: they fit into the buffers of a connection.
const IN_ONE_GO: usize = 64 * 1024;

/// A server that refused so many single spans as too large, and accepted nothing of their batch, refuses everything. To split the
/// rest of the batch would make a request of each of its spans.
const HOPELESS: usize = 8;

/// An attempt has no more time than this: clients reckon with times that a clock can say.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a part of a batch did not arrive.
enum Failure {
    /// The server says so, or our own limit does.
    TooLarge {
        reason: String,
        by_server: bool,
    },
    Refused(OtlpTransportError),
    /// The last error, if there was time for one attempt.
    TimedOut(Option<OtlpTransportError>),
    Panicked(String),
    ShutDown,
}

/// Spans of a part that was lost.
#[derive(Debug)]
pub(crate) struct Loss {
    pub(crate) spans: usize,
    pub(crate) reason: LossReason,
    pub(crate) error: OTelSdkError,
}

/// What a processor tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LossReason {
    Failed,
    TimedOut,
    Panicked,
}

impl Delivery {
    /// Delivers a batch, and answers what of it was lost.
    pub(super) fn deliver(&self, batch: impl Part) -> Result<(), Vec<Loss>> {
        // Clients that are instrumented must not trace the export of their own spans.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        self.counters.add_taken(batch.items());
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = self.deliver_with(batch, &mut buffer);
        if buffer.capacity() > KEPT {
            *buffer = Vec::new();
        }
        outcome
    }

    fn deliver_with(&self, batch: impl Part, buffer: &mut Vec<u8>) -> Result<(), Vec<Loss>> {
        // A time that no clock can say is no end.
        let deadline = Instant::now().checked_add(self.timeout);
        let mut losses = Vec::new();
        // Once for a batch: where one part was too large, the next one need not be tried twice.
        let mut has_broken_off = false;
        let (mut refused, mut is_hopeful) = (0, false);
        // The next part is the last element.
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let spans = part.items();
            if spans == 0 {
                continue;
            }
            part.encode(buffer);
            match self.send(buffer, spans, deadline, &mut has_broken_off) {
                Ok(response) => {
                    is_hopeful = true;
                    self.accepted(spans, &response);
                }
                Err(Failure::TooLarge { .. }) if part.can_be_halved() => {
                    self.counters.add_split();
                    let (first, second) = part.halves();
                    parts.extend([second, first]);
                }
                Err(failure) => {
                    refused += usize::from(matches!(failure, Failure::TooLarge { by_server: true, .. }));
                    losses.push(self.lost(&part, failure));
                    if refused == HOPELESS && !is_hopeful {
                        losses.extend(self.give_up(&parts));
                        break;
                    }
                }
            }
        }
        if losses.is_empty() { Ok(()) } else { Err(losses) }
    }

    /// What is left of a batch is not tried.
    fn give_up(&self, parts: &[impl Part]) -> Option<Loss> {
        let spans: usize = parts.iter().map(Part::items).sum();
        self.counters.add_too_large(spans);
        let text = format!(
            "{spans} {items} more were not sent: the server refuses single {items} as too large",
            items = self.signal.items()
        );
        let error = OTelSdkError::InternalFailure(text);
        (spans > 0).then_some(Loss { spans, reason: LossReason::Failed, error })
    }

    fn send(
        &self,
        body: &[u8],
        spans: usize,
        deadline: Option<Instant>,
        has_broken_off: &mut bool,
    ) -> Result<OtlpResponse, Failure> {
        if body.len() > self.max_request_bytes {
            let limit = self.max_request_bytes;
            let reason = format!("{} bytes, {limit} are allowed", body.len());
            return Err(Failure::TooLarge { reason, by_server: false });
        }
        let left = || {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            left.unwrap_or(LONGEST).min(LONGEST)
        };
        let by_server = |error: &OtlpTransportError| {
            Err(Failure::TooLarge { reason: error.to_string(), by_server: true })
        };
        let mut backoff = Backoff::new();
        let mut last = None;
        loop {
            if self.stop.is_set() {
                return Err(Failure::ShutDown);
            }
            let time = left();
            if time.is_zero() {
                return Err(Failure::TimedOut(last));
            }
            if last.is_some() {
                self.counters.add_retry();
            }
            let request = OtlpRequest::new(body, spans, time);
            // Caught here, so that it costs no other part of the batch.
            self.outages.waits(&self.endpoint, self.signal);
            let sent = catch_unwind(AssertUnwindSafe(|| self.transport.send(request)));
            self.outages.answered(&self.endpoint, self.signal);
            let error = match sent {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => error,
                Err(payload) => return Err(Failure::Panicked(panic_text(&*payload).to_owned())),
            };
            let after = match error.verdict() {
                Verdict::Retry { after } => after,
                // A server that has read enough closes the connection, and its answer cannot be read any more.
                Verdict::BrokeOff if *has_broken_off && body.len() > IN_ONE_GO => {
                    return by_server(&error);
                }
                Verdict::BrokeOff => {
                    *has_broken_off = true;
                    None
                }
                Verdict::TooLarge => return by_server(&error),
                Verdict::Refused => return Err(Failure::Refused(error)),
            };
            // All attempts take long, and whoever looks at the log wants to know now. A connection that breaks off once may be
            // nothing but one that was idle for too long.
            if error.verdict() != Verdict::BrokeOff || last.is_some() {
                self.outage(Outcome::Unreachable, 0, &error);
            }
            let wait = backoff.wait(after, RandomState::new().hash_one(0));
            // Nothing is gained by waiting for an attempt that cannot be made.
            if wait >= left() {
                return Err(Failure::TimedOut(Some(error)));
            }
            last = Some(error);
            if self.stop.wait(wait) {
                return Err(Failure::ShutDown);
            }
        }
    }

    fn outage(&self, outcome: Outcome, lost: usize, error: &dyn std::fmt::Display) {
        self.outages.failed(&self.endpoint, self.signal, outcome, lost, &error.to_string());
    }

    fn accepted(&self, spans: usize, response: &OtlpResponse) {
        self.outages.worked(&self.endpoint, self.signal);
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

    fn lost(&self, part: &impl Part, failure: Failure) -> Loss {
        let (spans, items) = (part.items(), self.signal.items());
        let failed = |text| (LossReason::Failed, OTelSdkError::InternalFailure(text));
        let (reason, error) = match failure {
            Failure::TooLarge { reason, .. } => {
                self.counters.add_too_large(spans);
                let name = bounded(part.first_name());
                let item = self.signal.item();
                otel_warn!(
                    name: "OtlpExporter.TooLarge",
                    what = item,
                    first = name.as_str(),
                    reason = reason.as_str()
                );
                failed(format!("the {item} {name:?} is too large: {reason}"))
            }
            Failure::Refused(error) => {
                self.counters.add_refused(spans);
                self.outage(Outcome::Refused, spans, &error);
                failed(format!("{spans} {items} are lost: {error}"))
            }
            Failure::TimedOut(None) => {
                self.counters.add_timed_out(spans);
                self.outage(Outcome::Unreachable, spans, &"no answer in time");
                (LossReason::TimedOut, OTelSdkError::Timeout(self.timeout))
            }
            Failure::TimedOut(Some(error)) => {
                self.counters.add_timed_out(spans);
                self.outage(Outcome::Unreachable, spans, &error);
                let text = format!("{spans} {items} are lost after {:?}: {error}", self.timeout);
                (LossReason::TimedOut, OTelSdkError::InternalFailure(text))
            }
            Failure::Panicked(text) => {
                self.counters.add_panicked(spans);
                let text = format!("{spans} {items} are lost: the transport panicked: {text}");
                (LossReason::Panicked, OTelSdkError::InternalFailure(text))
            }
            Failure::ShutDown => {
                self.counters.add_after_shutdown(spans);
                (LossReason::Failed, OTelSdkError::AlreadyShutdown)
            }
        };
        Loss { spans, reason, error }
    }
}
