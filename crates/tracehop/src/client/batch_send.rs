//! Sending several messages with one call.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::trace::SpanContext;
use opentelemetry::{Context, KeyValue};

use super::batch::{BatchMessage, of_several};
use super::batch_destination::BatchDestination;
use super::batch_summary::{BatchSummary, Said};
use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use super::route::Route;
use super::send::{Sender, is_empty};
use super::start::OperationStart;
use crate::carrier::CarrierMut;
use crate::context::CreationContext;
use crate::message::{Describe, MessageAttributes, MessagingSystem, OperationKind};
use crate::observe::{Links, NO_HEADERS};
use crate::operation::{Failure, decide};
use crate::policy::{EffectivePolicy, SpanLevel};
use crate::semconv;

/// How many failures of messages without spans of their own the span of a batch tells in events.
const MAX_EVENTS: usize = 16;

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of sending `messages` with one call, child of the current context. Each of them is then
    /// [added](BatchSend::add) just before the client gets it. No messages make no span.
    ///
    /// ```
    /// # use tracehop::{ClientFacts, ClientTracer, Destination, Failure, MemoryHeaders, MessageInfo, MessagingSystem, MessagingTracer};
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # struct Letter { to: String, headers: MemoryHeaders }
    /// # fn post(letter: &Letter) -> Result<(), String> { Ok(()) }
    /// # let client = ClientTracer::<Mail>::new(&MessagingTracer::global(), ClientFacts::default());
    /// # let mut letters = vec![Letter { to: "alice".into(), headers: MemoryHeaders::new() }];
    /// fn describe(to: &str) -> MessageInfo<'_> {
    ///     MessageInfo::to(Destination::named(to))
    /// }
    ///
    /// let mut batch = client.send_batch(letters.iter().map(|letter| describe(&letter.to)));
    /// for (place, letter) in letters.iter_mut().enumerate() {
    ///     let span = batch.add(&describe(&letter.to), &mut letter.headers);
    ///     let result = span.finish_with(|| post(letter));
    ///     if let Err(error) = &result {
    ///         batch.message_failed(place, Failure::of(error));
    ///     }
    /// }
    /// batch.end();
    /// ```
    pub fn send_batch<D: Describe>(&self, messages: impl IntoIterator<Item = D>) -> BatchSend<S> {
        self.send_batch_as(S::operation_name(OperationKind::Send), messages)
    }

    /// [`send_batch`](Self::send_batch) under another of the system's words.
    pub fn send_batch_as<D: Describe>(
        &self,
        name: &'static str,
        messages: impl IntoIterator<Item = D>,
    ) -> BatchSend<S> {
        let tracer = self.tracer();
        let skips_span = tracer.source().should_skip();
        let has_to_look =
            tracer.strips() || tracer.handled().has_distrusted() || tracer.policies().varies_headers();
        let mut messages = messages.into_iter();
        let first = messages
            .next()
            .filter(|_| !skips_span || tracer.is_watched() || has_to_look || !Context::map_current(is_empty));
        let Some(first) = first else { return BatchSend { client: self.clone(), sending: None } };

        let current = tracer.current();
        let mut count = 1;
        let mut common = BatchDestination::new(first.destination());
        let mut levels = Levels::default();
        let is_varied = tracer.policies().may_vary();
        if is_varied {
            levels.add(self, &first);
        }
        for message in messages {
            count += 1;
            common.add(&message.destination());
            if is_varied {
                levels.add(self, &message);
            }
        }
        let destination = common.get();
        let kind = OperationKind::Send;
        let route = Route::find(&self.client, kind, name, &destination);
        let of_each = (is_varied && !common.is_one()).then(|| levels.policy(&route.policy));
        let mut plan = decide(of_each.as_ref().unwrap_or(&route.policy), of_several(kind, &current));
        plan.makes_span &= !skips_span;
        let message = BatchMessage { destination, attributes: &Vec::new };
        self.filter(&mut plan, &route, &message, NO_HEADERS, &current);
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &current,
            // The messages are created inside.
            base: Some(&current),
            links: Links::NONE,
            since: None,
            headers: NO_HEADERS,
        };
        let mut span = self.start(&route, &start);
        span.run_in_if_absent(|| current.clone());
        span.set_message_count(count);
        span.leave_counting_to_others();
        let summary =
            span.is_recording().then(|| Box::new(BatchSummary::with_capacity(count, &route.policy)));
        let mut said = Vec::new();
        if summary.is_some() && !common.is_one() {
            MessageAttributes(&mut said).destination(&destination);
        }
        let sending = Sending {
            span,
            active: current,
            skips_span,
            said: (!common.is_one()).then_some(said),
            is_plain: route.policy.plain_batch_links,
            summary,
            with_spans: Vec::new(),
            added: 0,
            failed: 0,
            told: 0,
            first_failure: None,
        };
        route.keep();
        BatchSend { client: self.clone(), sending: Some(sending) }
    }
}

/// The operation of sending several messages with one call. It ends when [`end`](Self::end) is called; dropped before, it ends as
/// `abandoned`.
///
/// # Spans
///
/// `{send} {destination}`, kind CLIENT, for the call, and below it `create {destination}`, kind PRODUCER, for each message: its
/// context is what the message carries. The span of the call links to each of them. If the tracer makes no
/// [create spans](crate::MessagingTracerBuilder::create_spans), the span of the call has kind PRODUCER and all messages carry its
/// context.
///
/// A context that is on a message already is kept or replaced as for a single send. One that is kept gets no span, and is
/// linked. A received message that is sent on is created below the span in which it was processed.
///
/// A message that could not be sent has its `error.type` on its own span. The span of the call has how many those were, as
/// `tracehop.batch.failed_count`, and has failed itself only if all have. Without spans of their own, the first 16 failures are
/// events `tracehop.message_failed`, with the place of the message in the batch.
///
/// How many links there are at most, and how it is told that there would be more, says [`process_batch`](crate::process_batch).
/// All messages are counted by metrics, each under its own destination and `error.type`.
#[must_use = "the operation ends, marked as abandoned, when this is dropped"]
pub struct BatchSend<S: MessagingSystem> {
    client: ClientTracer<S>,
    /// `None` if nobody watches, and there is nothing to pass on.
    sending: Option<Sending>,
}

struct Sending {
    span: MessageSpan,
    /// The context in which the client was called.
    active: Context,
    skips_span: bool,
    /// What the span said of the messages' destinations; `None` if they are one, and that was said.
    said: Option<Vec<KeyValue>>,
    is_plain: bool,
    /// Only there if the span records.
    summary: Option<Box<BatchSummary>>,
    /// Which of the messages that were added have spans of their own, a bit for each.
    with_spans: Vec<u64>,
    added: usize,
    failed: usize,
    /// How many failures were told in events.
    told: usize,
    first_failure: Option<(Cow<'static, str>, String)>,
}

impl<S: MessagingSystem> BatchSend<S> {
    /// Starts the span of one message, and puts its context into the message's headers: as
    /// [`ClientTracer::send`](crate::ClientTracer::send), but below the span of the batch. It is to be ended by what becomes of the
    /// message.
    pub fn add(&mut self, message: &impl Describe, carrier: &mut (impl CarrierMut + ?Sized)) -> MessageSpan {
        let Some(sending) = &mut self.sending else { return MessageSpan::noop() };
        let place = sending.added;
        sending.added += 1;
        let kind = OperationKind::Create;
        let name = S::operation_name(kind);
        let particular = if self.client.tracer().policies().varies_headers() {
            self.client.particular(kind, name, &message.destination())
        } else {
            None
        };
        let client = particular.as_ref().unwrap_or(&self.client);
        if client.tracer().is_off() {
            return client.start_unread(kind, name, message);
        }
        let mut linked = None;
        let current = sending.span.slot().context().unwrap_or(&sending.active);
        let has_call = sending.span.slot().with_span_context(|call| call.is_some_and(SpanContext::is_valid));
        let (active, skips_span) = (&sending.active, sending.skips_span);
        let sender = Sender { kind, name, current, active, skips_span, has_call };
        let span = client.outgoing(&sender, message, carrier, |creation| linked = Some(creation));
        if let Some(summary) = &mut sending.summary {
            let said = sending.said.as_deref().map_or(Said::Everything, Said::These);
            let own = span
                .slot()
                .with_span_context(|own| own.filter(|own| own.is_valid()).map(CreationContext::of_span));
            match (own, linked) {
                // What there is to say of the message stands on its own span.
                (Some(own), _) => {
                    set(&mut sending.with_spans, place);
                    summary.add(&own, message, said, true);
                }
                (None, linked) => {
                    summary.add(&linked.unwrap_or(CreationContext::NONE), message, said, sending.is_plain);
                }
            }
        }
        span
    }

    /// Takes down that a message could not be sent; its own span is ended by whoever has it. `place` says which of the
    /// messages it was, in the order in which they were added, from 0.
    #[expect(clippy::needless_pass_by_value, reason = "as for the failure of an operation")]
    pub fn message_failed(&mut self, place: usize, failure: Failure<'_>) {
        let Some(sending) = &mut self.sending else { return };
        sending.failed += 1;
        if !sending.span.is_watched() {
            return;
        }
        let is_told = !is_set(&sending.with_spans, place) && sending.told < MAX_EVENTS;
        if !is_told && sending.first_failure.is_some() {
            return;
        }
        let (error_type, description) = sending.span.name_failure(&failure);
        if is_told && sending.span.is_recording() {
            sending.told += 1;
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            let attributes = vec![
                KeyValue::new(semconv::TRACEHOP_BATCH_PLACE, place),
                KeyValue::new(semconv::ERROR_TYPE, error_type.clone()),
                KeyValue::new(semconv::TRACEHOP_REASON, description.clone()),
            ];
            sending.span.add_event(semconv::TRACEHOP_MESSAGE_FAILED, attributes);
        }
        sending.first_failure.get_or_insert((error_type, description));
    }

    /// The context of the span of the call; an invalid one if there is none.
    pub fn span_context(&self) -> SpanContext {
        self.sending.as_ref().map_or(SpanContext::NONE, |sending| sending.span.span_context())
    }

    /// Whether it matters to anybody which messages failed.
    pub fn is_watched(&self) -> bool {
        self.sending.as_ref().is_some_and(|sending| sending.span.is_watched())
    }

    /// Ends the operation. It has failed if all of its messages have.
    pub fn end(mut self) {
        let Some(mut sending) = self.sending.take() else { return };
        sending.tell();
        let Sending { span, added, failed, first_failure, .. } = sending;
        match first_failure.filter(|_| failed >= added) {
            Some((error_type, description)) => span.fail(Failure::new(error_type, &description)),
            None => span.end(),
        }
    }
}

/// How much has spans where the messages go.
#[derive(Default)]
struct Levels {
    has_spans: bool,
    has_creates: bool,
}

impl Levels {
    fn add<S: MessagingSystem>(&mut self, client: &ClientTracer<S>, message: &impl Describe) {
        let kind = OperationKind::Create;
        let route = Route::find(&client.client, kind, S::operation_name(kind), &message.destination());
        self.has_spans |= matches!(route.policy.spans, SpanLevel::Full | SpanLevel::BatchOnly);
        self.has_creates |= route.policy.makes_creates();
        route.keep();
    }

    /// No policy names several destinations: for the call what holds for each of them counts.
    fn policy(&self, of_none: &EffectivePolicy) -> EffectivePolicy {
        let spans = match (self.has_spans, self.has_creates) {
            (_, true) => SpanLevel::Full,
            (true, false) => SpanLevel::BatchOnly,
            (false, false) => SpanLevel::ContextOnly,
        };
        EffectivePolicy { spans, create_spans: self.has_creates, ..of_none.clone() }
    }
}

fn set(bits: &mut Vec<u64>, place: usize) {
    bits.resize(bits.len().max(place / 64 + 1), 0);
    if let Some(word) = bits.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

fn is_set(bits: &[u64], place: usize) -> bool {
    bits.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
}

impl Sending {
    /// Says what is known of the messages.
    fn tell(&mut self) {
        let Some(summary) = self.summary.take() else { return };
        let (attributes, links) = summary.finish();
        self.span.set_attributes(attributes);
        for link in links {
            self.span.add_link(link);
        }
        if self.failed > 0 {
            let failed = i64::try_from(self.failed).unwrap_or(i64::MAX);
            self.span.set_attribute(semconv::TRACEHOP_BATCH_FAILED_COUNT, failed);
        }
    }
}

impl<S: MessagingSystem> Drop for BatchSend<S> {
    fn drop(&mut self) {
        if let Some(mut sending) = self.sending.take() {
            sending.tell();
        }
    }
}

impl<S: MessagingSystem> fmt::Debug for BatchSend<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sending = self.sending.as_ref();
        f.debug_struct("BatchSend")
            .field("added", &sending.map(|sending| sending.added))
            .field("failed", &sending.map(|sending| sending.failed))
            .finish_non_exhaustive()
    }
}
