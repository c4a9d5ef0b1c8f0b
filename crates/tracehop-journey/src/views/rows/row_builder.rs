//! Makes the rows of a journey's waterfall.

use std::collections::HashSet;

use super::journey_row::{JourneyRow, RowKind};
use crate::carried::carried;
use crate::critical_path::critical_path;
use crate::duration::elapsed;
use crate::handover::Handover;
use crate::journey::Journey;
use crate::names::UNKNOWN;
use crate::places::Places;
use crate::preorder::Step;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::wait::Wait;

/// How many waits there are at most beyond the first one of each handler: many batches of a hostile trace may link to the same
/// messages.
const MAX_MORE_WAITS: usize = 10_000;

impl Journey {
    /// The rows of the waterfall: every span in causal order, and before each handler a row for each of its messages that
    /// waited.
    ///
    /// A span stands below the span that it came after, as in the [text](Self::waterfall). The messages of a batch come one by one,
    /// first the one that the handler came after and then those that waited longest; beyond 10,000 of them in one journey,
    /// each handler has one. It takes linear time, and no more stack for a deeper journey.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use opentelemetry::trace::{SpanId, SpanKind, TraceId};
    /// use tracehop_journey::{Journey, JourneySpan, RowKind, Source, SpanParts};
    ///
    /// # let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
    /// # let key = |id: u64| (TraceId::from(1_u128), SpanId::from(id));
    /// let send = SpanParts { name: "send orders".into(), kind: SpanKind::Producer, /* ... */
    /// #     key: key(1), started: at(0), ended: at(2),
    ///     ..SpanParts::default() };
    /// let process = SpanParts { name: "process orders".into(), kind: SpanKind::Consumer, /* ... */
    /// #     key: key(2), parent_span_id: Some(key(1).1), started: at(14), ended: at(22),
    ///     ..SpanParts::default() };
    /// let spans = [
    ///     JourneySpan::new(send, Source::of_service("checkout")),
    ///     JourneySpan::new(process, Source::of_service("billing")),
    /// ];
    /// let journey = Journey::from_spans(spans.into_iter().flatten().map(std::sync::Arc::new)).ok_or("no span has an identity")?;
    /// let rows = journey.rows();
    /// let kinds: Vec<RowKind> = rows.iter().map(|row| row.kind).collect();
    /// assert_eq!(kinds, [RowKind::Send, RowKind::Wait, RowKind::Process]);
    /// assert_eq!(rows[1].took, Duration::from_millis(12));
    /// assert_eq!(rows[2].below, Some(0), "the handler stands below its send");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn rows(&self) -> Vec<JourneyRow> {
        let mut tries = Vec::new();
        for handover in self.handovers.values().flatten() {
            if tries.len() <= handover.trial {
                tries.resize(handover.trial + 1, 0_u32);
            }
            if let Some(tries) = tries.get_mut(handover.trial) {
                *tries = handover.attempt.max(*tries);
            }
        }
        let mut builder = Builder {
            journey: self,
            index: Places::new(&self.spans),
            critical: critical_path(self).into_iter().collect(),
            tries,
            row_of: vec![None; self.spans.len()],
            more_waits: MAX_MORE_WAITS,
            rows: Vec::with_capacity(self.spans.len() + self.handovers.len()),
        };
        self.tree.steps().for_each(|step| builder.add(&step));
        builder.rows
    }
}

struct Builder<'a> {
    journey: &'a Journey,
    index: Places<'a>,
    critical: HashSet<usize>,
    /// How many tries each message took with each consumer.
    tries: Vec<u32>,
    /// The row of each span, once it has one.
    row_of: Vec<Option<usize>>,
    more_waits: usize,
    rows: Vec<JourneyRow>,
}

/// A message that a handler got, and how long it waited.
struct Delivery<'a> {
    handover: Handover,
    send: &'a JourneySpan,
    wait: Wait,
    /// Whether it is the one that the handler came after.
    decides: bool,
}

impl<'a> Builder<'a> {
    fn add(&mut self, step: &Step) {
        let Some(span) = self.journey.at(step.place) else { return };
        let deliveries = self.deliveries(step.place, span);
        let row = self.span_row(step, span, &deliveries);
        for (number, delivery) in deliveries.iter().enumerate() {
            if number > 0 {
                let Some(left) = self.more_waits.checked_sub(1) else { break };
                self.more_waits = left;
            }
            let wait = self.wait_row(&row, delivery, span);
            self.rows.push(wait);
        }
        if let Some(slot) = self.row_of.get_mut(step.place) {
            *slot = Some(self.rows.len());
        }
        self.rows.push(row);
    }

    /// The messages that a handler got: first the one that it came after, then those that waited longest.
    fn deliveries(&self, place: usize, process: &JourneySpan) -> Vec<Delivery<'a>> {
        let before = self.journey.tree.before(place);
        let handovers = self.journey.handovers.get(&place).map_or(&[][..], Vec::as_slice);
        let delivery = |&handover: &Handover| {
            let send = self.journey.at(handover.send)?;
            let decides = before == Some(handover.send) || before == Some(handover.creation);
            Some(Delivery { handover, send, wait: Wait::between(send, process), decides })
        };
        let mut deliveries: Vec<Delivery<'a>> = handovers.iter().filter_map(delivery).collect();
        // Of several messages of the same send, one is enough to be what the handler came after.
        deliveries.sort_by_key(|it| (!it.decides, std::cmp::Reverse(it.wait.took)));
        deliveries.iter_mut().skip(1).for_each(|it| it.decides = false);
        deliveries
    }

    fn span_row(&self, step: &Step, span: &JourneySpan, deliveries: &[Delivery<'_>]) -> JourneyRow {
        let below = self.journey.tree.before(step.place);
        let attempt = |it: &Delivery<'_>| (self.tries_of(&it.handover), it.handover.attempt);
        let (attempts, attempt) = deliveries.iter().map(attempt).max().unwrap_or_else(|| {
            let handles = u32::from(span.is(Role::Process));
            (handles, handles)
        });
        JourneyRow {
            kind: RowKind::of(span.role()),
            depth: step.depth,
            below: below.and_then(|below| self.row_of.get(below).copied().flatten()),
            span: step.place,
            key: span.key(),
            label: span.name().to_owned(),
            service: span.service().to_owned(),
            start: self.journey.part(span).0,
            took: self.journey.part(span).1,
            critical: self.critical.contains(&step.place),
            error: span.error().map(str::to_owned),
            handled_error: span.handled_error().map(str::to_owned),
            attempt,
            attempts,
            batch: self.batch(span),
            place: String::new(),
            skew: deliveries.iter().map(|it| it.wait.skew).max().unwrap_or_default(),
        }
    }

    fn wait_row(&self, handler: &JourneyRow, delivery: &Delivery<'_>, process: &JourneySpan) -> JourneyRow {
        let Delivery { handover, send, wait, decides } = delivery;
        JourneyRow {
            kind: RowKind::Wait,
            label: send.destination().or(process.destination()).unwrap_or(UNKNOWN).to_owned(),
            service: send.system().or(process.system()).unwrap_or_default().to_owned(),
            start: elapsed(self.journey.started(), wait.start),
            took: wait.took,
            critical: handler.critical && *decides,
            error: None,
            handled_error: None,
            attempt: handover.attempt,
            attempts: self.tries_of(handover),
            batch: 0,
            place: place(send, process),
            skew: wait.skew,
            ..*handler
        }
    }

    fn tries_of(&self, handover: &Handover) -> u32 {
        self.tries.get(handover.trial).copied().unwrap_or(1)
    }

    /// How many messages a span says that it had, or else how many contexts it links to.
    fn batch(&self, span: &JourneySpan) -> usize {
        if let Some(count) = span.batch_message_count() {
            return usize::try_from(count).unwrap_or(usize::MAX);
        }
        let has_messages = matches!(span.role(), Some(Role::Send | Role::Receive | Role::Process));
        let linked =
            if has_messages && span.links().len() > 1 { carried(&self.index, span).len() } else { 0 };
        if linked > 1 { linked } else { 0 }
    }
}

/// Partition, offset and group, as far as the spans tell.
fn place(send: &JourneySpan, process: &JourneySpan) -> String {
    // A handler of a batch has no offset of its own; each send knows its message's.
    let partition = process.partition().or_else(|| send.partition()).map(|it| format!("partition {it}"));
    let offset = process.kafka_offset().or_else(|| send.kafka_offset()).map(|it| format!("offset {it}"));
    let group = process.consumer_group().map(|it| format!("group {it}"));
    [partition, offset, group].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

impl RowKind {
    fn of(role: Option<Role>) -> Self {
        match role {
            Some(Role::Create | Role::Send) => Self::Send,
            Some(Role::Process) => Self::Process,
            Some(Role::Receive) => Self::Receive,
            Some(Role::Settle) => Self::Settle,
            None => Self::Other,
        }
    }
}
