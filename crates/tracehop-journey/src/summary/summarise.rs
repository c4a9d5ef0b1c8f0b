//! Journey → summary.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::hop_record::HopRecord;
use super::journey_id::JourneyId;
use super::journey_summary::{JourneySummary, Outcome, Stretch, UnhandledSend};
use super::loss::losses;
use super::repeated_contexts::repeated_contexts;
use super::without_send::without_send;
use crate::carried::carried;
use crate::dead_letter_names::{is_dead_letters, is_retries};
use crate::duration::elapsed;
use crate::handover::Handover;
use crate::journey::Journey;
use crate::names::{Names, UNKNOWN};
use crate::places::Places;
use crate::role::Role;
use crate::semconv;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;
use crate::text;

const MAX_TRACES: usize = 64;
const MAX_NAMES: usize = 32;
const MAX_STRETCHES: usize = 64;
const MAX_HOPS: usize = 256;
const MAX_UNHANDLED: usize = 64;
const MAX_WITHOUT_CONTEXT: usize = 16;
const MAX_WITHOUT_SEND: usize = 16;
const MAX_REPEATED: usize = 16;
const MAX_TAGS: usize = 16;
const MAX_LOSSES: usize = 64;

impl JourneySummary {
    /// Sums up a journey.
    pub(crate) fn of(journey: &Journey, id: JourneyId, names: &mut Names, tags: &[Arc<str>]) -> Self {
        let makers = journey.makers();
        let own = || journey.spans().filter(|span| !makers.contains(&span.key()));
        // Whoever asked for a message may have asked long before it was sent.
        let made = || own().filter(|span| !span.is(Role::Receive));
        let first = own().find(|span| span.key() == id.0).or_else(|| made().next()).or_else(|| own().next());
        let started = made().map(JourneySpan::started).min().or(first.map(JourneySpan::started));
        let started = started.unwrap_or(SystemTime::UNIX_EPOCH);
        let ended = own().map(JourneySpan::ended).max().unwrap_or(started);
        let mut left_out = 0;
        let places = Places::new(&journey.spans);
        let hops = hops(journey, names, &mut left_out);
        let unhandled = bounded(unhandled(journey, &places, makers, names), MAX_UNHANDLED, &mut left_out);
        let fate = Fate::of(journey, makers);
        let waits = unhandled.iter().any(|send| send.error.is_none());
        let (stretches, waiting, working) = stretches(own(), started);
        let mut destinations = Vec::new();
        for span in own().filter(|span| span.role().is_some_and(Role::is_producer)) {
            push_once(&mut destinations, span.destination().unwrap_or(UNKNOWN), names);
        }
        for hop in &hops {
            push_once(&mut destinations, &hop.destination, names);
        }
        let mut services = Vec::new();
        made().chain(own()).for_each(|span| push_once(&mut services, span.service(), names));
        Self {
            id,
            name: first.map_or("", JourneySpan::name).into(),
            started,
            duration: elapsed(started, ended),
            outcome: match fate {
                Fate { failed: true, .. } => Outcome::Failed,
                Fate { dead_lettered: true, .. } => Outcome::DeadLettered,
                _ if waits => Outcome::Waiting,
                _ => Outcome::Ok,
            },
            error: fate.error.map(|error| names.shared(error)),
            spans: journey.spans.len(),
            traces: journey.trace_ids().into_iter().take(MAX_TRACES).collect(),
            services: bounded(services, MAX_NAMES, &mut left_out).into(),
            destinations: bounded(destinations, MAX_NAMES, &mut left_out).into(),
            attempts: hops.iter().map(|hop| hop.attempt).max().unwrap_or(0),
            waiting,
            working,
            stretches: bounded(stretches, MAX_STRETCHES, &mut left_out).into(),
            unhandled: unhandled.into(),
            without_context: bounded(without_context(&places, names), MAX_WITHOUT_CONTEXT, &mut left_out)
                .into(),
            without_send: bounded(
                without_send(journey, &places, MAX_WITHOUT_SEND, names),
                MAX_WITHOUT_SEND,
                &mut left_out,
            )
            .into(),
            repeated_contexts: bounded(
                repeated_contexts(journey, MAX_REPEATED, names),
                MAX_REPEATED,
                &mut left_out,
            )
            .into(),
            tags: bounded(found_tags(journey, tags), MAX_TAGS, &mut left_out).into(),
            begins_elsewhere: false,
            losses: losses(journey, MAX_LOSSES, names).into(),
            parts_left_out: left_out,
            hops: hops.into(),
        }
    }

    /// What it takes in memory, in bytes, at most: names count as if they were not shared.
    pub(crate) fn bytes(&self) -> usize {
        let names = self.services.iter().chain(&self.destinations);
        let tags = self.tags.iter().map(|(_, value)| text::allocated(value.len()));
        text::allocated(size_of::<Self>() + 16)
            + text::allocated(self.name.len())
            + text::allocated(size_of_val(&*self.traces))
            + text::allocated(size_of_val(&*self.services))
            + text::allocated(size_of_val(&*self.destinations))
            + text::allocated(size_of_val(&*self.stretches))
            + text::allocated(size_of_val(&*self.hops))
            + text::allocated(size_of_val(&*self.unhandled))
            + text::allocated(size_of_val(&*self.without_context))
            + text::allocated(size_of_val(&*self.without_send))
            + text::allocated(size_of_val(&*self.repeated_contexts))
            + text::allocated(size_of_val(&*self.losses))
            + text::allocated(size_of_val(&*self.tags))
            + names.map(|name| text::allocated(name.len() + 16) / 8).sum::<usize>()
            + tags.sum::<usize>()
    }
}

fn bounded<T>(mut parts: Vec<T>, most: usize, left_out: &mut usize) -> Vec<T> {
    *left_out += parts.len().saturating_sub(most);
    parts.truncate(most);
    parts
}

/// Adds a name that is not there. Beyond the bound none is looked for.
fn push_once(list: &mut Vec<Arc<str>>, name: &str, names: &mut Names) {
    if list.len() <= MAX_NAMES && !list.iter().any(|it| **it == *name) {
        list.push(names.shared(name));
    }
}

fn hops(journey: &Journey, names: &mut Names, left_out: &mut usize) -> Vec<HopRecord> {
    let handovers: Vec<&Handover> = journey.handovers.values().flatten().collect();
    *left_out += handovers.len().saturating_sub(MAX_HOPS);
    let first = handovers.into_iter().take(MAX_HOPS);
    first.filter_map(|handover| hop_record(journey, handover, names)).collect()
}

fn hop_record(journey: &Journey, handover: &Handover, names: &mut Names) -> Option<HopRecord> {
    let (send, process) = (journey.at(handover.send)?, journey.at(handover.process)?);
    let mut shared = |name: &str| names.shared(name);
    Some(HopRecord {
        send: send.key(),
        process: process.key(),
        system: shared(send.system().or(process.system()).unwrap_or_default()),
        producer: shared(send.service()),
        destination: shared(send.destination().or(process.destination()).unwrap_or(UNKNOWN)),
        consumer: shared(process.service()),
        group: process.consumer_group().map(&mut shared),
        partition: process.partition().or(send.partition()).map(|partition| shared(&partition)),
        sent: send.ended(),
        sending: send.duration(),
        wait: elapsed(send.ended(), process.started()),
        skew: elapsed(process.ended(), send.started()),
        handling: process.duration(),
        attempt: handover.attempt,
        error: process.error().or(send.error()).map(&mut shared),
        handled_error: process.handled_error().map(&mut shared),
    })
}

/// What became of a journey.
#[derive(Default)]
struct Fate<'a> {
    failed: bool,
    dead_lettered: bool,
    error: Option<&'a str>,
}

impl<'a> Fate<'a> {
    fn of(journey: &'a Journey, makers: &[SpanKey]) -> Self {
        let mut fate = Self::default();
        // The last try of each message decides.
        let mut last: HashMap<usize, &Handover> = HashMap::new();
        for handover in journey.handovers.values().flatten() {
            let entry = last.entry(handover.trial).or_insert(handover);
            if handover.attempt >= entry.attempt {
                *entry = handover;
            }
        }
        let sent_on = SentOn::of(journey);
        for handover in last.values() {
            let Some(handler) = journey.at(handover.process) else { continue };
            let send_failed = journey.at(handover.send).is_some_and(|send| send.error().is_some());
            let is_copied = sent_on.again.contains(&handover.process);
            let is_buried = sent_on.to_dead_letters.contains(&handover.process);
            let has_failed = handler.error().is_some() || send_failed;
            fate.failed |= has_failed && !is_copied && !is_buried;
            fate.dead_lettered |=
                (has_failed && is_buried) || (handler.handled_error().is_some() && !is_copied);
        }
        // In order of start: the last one counts.
        let own = journey.spans().filter(|span| !makers.contains(&span.key()));
        fate.error = own.filter_map(|span| span.error().or(span.handled_error())).last();
        // What failed below a handler is its try's matter.
        let mut below_handler = vec![false; journey.spans.len()];
        for place in journey.tree.top_down() {
            let Some(span) = journey.at(place) else { continue };
            let above = journey.tree.before(place).and_then(|before| below_handler.get(before).copied());
            let below = above.unwrap_or(false) || journey.handovers.contains_key(&place);
            if let Some(slot) = below_handler.get_mut(place) {
                *slot = below;
            }
            if makers.contains(&span.key()) {
                continue;
            }
            fate.failed |= !below && span.error().is_some();
            fate.dead_lettered |= !below && span.handled_error().is_some();
        }
        fate
    }
}

/// The places of handlers that sent their message on.
#[derive(Default)]
struct SentOn {
    /// To be tried again: what becomes of it is told by the tries of the copy.
    again: HashSet<usize>,
    to_dead_letters: HashSet<usize>,
}

impl SentOn {
    fn of(journey: &Journey) -> Self {
        let mut handler_of: Vec<Option<usize>> = vec![None; journey.spans.len()];
        let mut sent_on = Self::default();
        for place in journey.tree.top_down() {
            let Some(span) = journey.at(place) else { continue };
            let above =
                journey.tree.before(place).and_then(|before| handler_of.get(before).copied().flatten());
            let of_it = if span.is(Role::Process) { Some(place) } else { above };
            if let Some(slot) = handler_of.get_mut(place) {
                *slot = of_it;
            }
            let Some((at, handler)) = of_it.and_then(|at| Some((at, journey.at(at)?))) else { continue };
            if !span.role().is_some_and(Role::is_producer) {
                continue;
            }
            if span.destination().is_some_and(is_dead_letters) {
                sent_on.to_dead_letters.insert(at);
            } else if is_copy(span, handler) {
                sent_on.again.insert(at);
            }
        }
        sent_on
    }
}

fn is_copy(send: &JourneySpan, handler: &JourneySpan) -> bool {
    send.attribute(semconv::TRACEHOP_MESSAGE_ATTEMPTS).is_some()
        || send.destination().is_some_and(|it| is_retries(it) || Some(it) == handler.destination())
}

fn unhandled(
    journey: &Journey,
    places: &Places<'_>,
    makers: &[SpanKey],
    names: &mut Names,
) -> Vec<UnhandledSend> {
    let mut handled: HashSet<usize> = HashSet::new();
    for handover in journey.handovers.values().flatten() {
        handled.extend([handover.creation, handover.send]);
    }
    // Whoever asks for messages and runs no handler has them too.
    for (_, receiver) in places.spans().filter(|(_, span)| span.is(Role::Receive)) {
        handled.extend(carried(places, receiver).into_iter().filter_map(|key| places.place(key)));
    }
    // Another service that goes on from a message has handled it, whatever its span says that it did.
    for (_, span) in places.spans() {
        let from = span.parent().into_iter().chain(span.links().iter().copied());
        let from = from.filter_map(|key| places.place(key));
        handled.extend(from.filter(|&at| places.at(at).is_some_and(|it| it.service() != span.service())));
    }
    let made_below: HashSet<SpanKey> =
        journey.spans().filter(|span| span.is(Role::Create)).filter_map(JourneySpan::parent).collect();
    let is_message = |span: &JourneySpan| match span.role() {
        Some(Role::Create) => true,
        Some(Role::Send) => {
            span.has_own_context() || span.links().is_empty() && !made_below.contains(&span.key())
        }
        _ => false,
    };
    let left = places.spans().filter(|(place, span)| {
        !handled.contains(place) && !makers.contains(&span.key()) && is_message(span)
    });
    left.map(|(_, span)| UnhandledSend {
        send: span.key(),
        producer: names.shared(span.service()),
        system: names.shared(span.system().unwrap_or_default()),
        destination: names.shared(span.destination().unwrap_or(UNKNOWN)),
        sent: span.ended(),
        error: span.error().map(|error| names.shared(error)),
    })
    .collect()
}

/// Handlers of messages that brought no context. A handler whose message's sender is elsewhere had one.
fn without_context(places: &Places<'_>, names: &mut Names) -> Vec<(Arc<str>, Arc<str>)> {
    let mut found = Vec::new();
    for (_, span) in places.spans().filter(|(_, span)| span.is(Role::Process)) {
        if span.links().is_empty() && span.parent().is_none_or(|_| !span.parent_is_remote()) {
            let parent = span.parent().and_then(|parent| places.get(parent));
            let is_nested = parent.is_some_and(|parent| parent.role().is_some());
            let pair = (names.shared(span.service()), names.shared(span.destination().unwrap_or(UNKNOWN)));
            if !is_nested && found.len() <= MAX_WITHOUT_CONTEXT && !found.contains(&pair) {
                found.push(pair);
            }
        }
    }
    found
}

fn found_tags(journey: &Journey, tags: &[Arc<str>]) -> Vec<(Arc<str>, Box<str>)> {
    let mut found: Vec<(Arc<str>, Box<str>)> = Vec::new();
    for key in tags {
        for span in journey.spans() {
            let Some(value) = span.attribute(key).or_else(|| span.source().attribute(key)) else { continue };
            let value = text::bounded(&value.to_text());
            if found.len() <= MAX_TAGS && !found.iter().any(|(known, it)| known == key && *it == value) {
                found.push((Arc::clone(key), value));
            }
        }
    }
    found
}

/// When something worked and when messages only waited, and how long each was altogether.
fn stretches<'a>(
    spans: impl Iterator<Item = &'a JourneySpan>,
    started: SystemTime,
) -> (Vec<Stretch>, Duration, Duration) {
    // Whoever asks for messages waits himself.
    let works = spans.filter(|span| !span.is(Role::Receive));
    let mut works: Vec<(Duration, Duration)> =
        works.map(|span| (elapsed(started, span.started()), elapsed(started, span.ended()))).collect();
    works.sort_unstable();
    let (mut stretches, mut waiting, mut working) = (Vec::<Stretch>::new(), Duration::ZERO, Duration::ZERO);
    for (from, to) in works {
        let end = stretches.last().map_or(Duration::ZERO, |last| last.to);
        if from > end {
            stretches.push(Stretch { from: end, to: from, waiting: true });
            waiting += from.saturating_sub(end);
        }
        let begin = from.max(end);
        if to <= begin {
            continue;
        }
        working += to.saturating_sub(begin);
        match stretches.last_mut() {
            Some(last) if !last.waiting && last.to == begin => last.to = to,
            _ => stretches.push(Stretch { from: begin, to, waiting: false }),
        }
    }
    (stretches, waiting, working)
}
