//! One journey in a row of a list.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use super::hop_record::HopRecord;
use super::journey_id::JourneyId;
use super::loss::Loss;
use super::unmatched_handler::UnmatchedHandler;
use crate::span_parts::SpanKey;

/// One journey in a row of a list: all that is searched, sorted, drawn on a map or looked at for trouble, without its spans.
///
/// Its lists are bounded; [`parts_left_out`](Self::parts_left_out) counts what went beyond.
#[derive(Clone, Debug)]
pub struct JourneySummary {
    /// What identifies it.
    pub id: JourneyId,
    /// The name of its first span.
    pub name: Box<str>,
    /// When its first span started.
    pub started: SystemTime,
    /// From there to the end of the span that ends last.
    pub duration: Duration,
    /// What became of it.
    pub outcome: Outcome,
    /// `error.type` of the last failure, also if a later try succeeded.
    pub error: Option<Arc<str>>,
    /// How many spans there are.
    pub spans: usize,
    /// The traces that it runs through, in order. At most 64.
    pub traces: Box<[TraceId]>,
    /// The services, in the order in which they joined. At most 32.
    pub services: Box<[Arc<str>]>,
    /// The destinations, in the order in which messages were sent to them; then those of handlers without a known send. At most 32.
    pub destinations: Box<[Arc<str>]>,
    /// The most tries that one message took.
    pub attempts: u32,
    /// How long messages waited, without the time in which something worked.
    pub waiting: Duration,
    /// How long something worked.
    pub working: Duration,
    /// When something worked and when messages only waited, for a bar to scale. At most 64.
    pub stretches: Box<[Stretch]>,
    /// The ways of its messages, in the order in which they were handled. At most 256.
    pub hops: Box<[HopRecord]>,
    /// The sends that nobody has handled. At most 64.
    pub unhandled: Box<[UnhandledSend]>,
    /// Handlers of messages that no known send has brought, in order of start. At most 64.
    pub unmatched: Box<[UnmatchedHandler]>,
    /// Spans that handled a message with several contexts, of which one counted: `(service, destination)`. At most 16.
    pub repeated_contexts: Box<[(Arc<str>, Arc<str>)]>,
    /// Attributes that were named to be searched, such as `user.id`, with the values that any span has. At most 16.
    pub tags: Box<[(Arc<str>, Box<str>)]>,
    /// Whether the first span's parent, or the message it came from, is not here.
    pub begins_elsewhere: bool,
    /// How many spans, hops and other parts went beyond a limit.
    pub parts_left_out: usize,
    /// What its spans have lost to limits. At most 64.
    pub losses: Box<[Loss]>,
}

/// What became of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// All went well, maybe at a later try.
    Ok,
    /// Something failed, and no later try of the same message succeeded.
    Failed,
    /// A failure was taken care of: the message went to dead letters, or was given up.
    DeadLettered,
    /// Nobody has handled one of its messages yet.
    Waiting,
}

/// A stretch of a journey's time, from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub from: Duration,
    /// Where it ends.
    pub to: Duration,
    /// Whether messages only waited.
    pub waiting: bool,
}

/// A send that nobody has handled.
#[derive(Clone, Debug, PartialEq)]
pub struct UnhandledSend {
    /// The span that sent.
    pub send: SpanKey,
    /// The service that sent.
    pub producer: Arc<str>,
    /// `messaging.system`, or an empty text.
    pub system: Arc<str>,
    /// Where it was sent.
    pub destination: Arc<str>,
    /// When the send ended.
    pub sent: SystemTime,
    /// `error.type`, if the send itself failed.
    pub error: Option<Arc<str>>,
}
