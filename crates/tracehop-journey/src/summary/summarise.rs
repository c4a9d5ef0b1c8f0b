//! Journey → summary.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::hop_record::HopRecord;
use super::journey_id::JourneyId;
use super::journey_summary::{JourneySummary, Outcome, Stretch, UnhandledSend};
use super::loss::losses;
use super::repeated_contexts::repeated_contexts;
use super::unmatched_handler::unmatched;
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
const MAX_UNMATCHED: usize = 64;
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
        let unmatched = unmatched(journey, &places, (MAX_UNMATCHED, &mut left_out), names);
        let fate = Fate::of(journey, makers);
        let waits = unhandled.iter().any(|send| send.error.is_none());
        let (stretches, waiting, working) = stretches(own(), started, &waits_of(journey, &places, started));
        let mut destinations = Vec::new();
        for span in own().filter(|span| span.role().is_some_and(Role::is_producer)) {
            push_once(&mut destinations, span.destination().unwrap_or(UNKNOWN), names);
        }
        for name in hops.iter().map(|hop| &hop.destination).chain(unmatched.iter().map(|it| &it.destination))
        {
            push_once(&mut destinations, name, names);
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
            unmatched: unmatched.into(),
            repeated_contexts: bounded(
                repeated_contexts(journey, &places, MAX_REPEATED, names),
                MAX_REPEATED,
                &mut left_out,
            )
            .into(),
            tags: bounded(found_tags(journey, tags), MAX_TAGS, &mut left_out).into(),
            begins_elsewhere: false,
            losses: bounded(losses(journey, names), MAX_LOSSES, &mut left_out).into(),
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
            + text::allocated(size_of_val(&*self.unmatched))
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

/// When any message waited, from the journey's start: in order, and none touches another. A message waits from the end of its send to
/// the start of what came of it.
fn waits_of(journey: &Journey, places: &Places<'_>, started: SystemTime) -> Vec<(Duration, Duration)> {
    let mut waits: Vec<(Duration, Duration)> = Vec::new();
    let mut wait = |send: &JourneySpan, taker: &JourneySpan| {
        waits.push((elapsed(started, send.ended()), elapsed(started, taker.started())));
    };
    for handover in journey.handovers.values().flatten() {
        if let (Some(send), Some(process)) = (places.at(handover.send), places.at(handover.process)) {
            wait(send, process);
        }
    }
    // What goes on in its own service has not waited.
    let comes_from_afar = |span: &JourneySpan| !span.links().is_empty() || span.parent_is_remote();
    for (_, span) in places.spans().filter(|(_, it)| !it.is(Role::Process) && comes_from_afar(it)) {
        let from = span.parent().into_iter().chain(span.links().iter().copied());
        for send in
            from.filter_map(|key| places.get(key)).filter(|it| it.role().is_some_and(Role::is_producer))
        {
            if send.service() != span.service() || span.is(Role::Receive) {
                wait(send, span);
            }
        }
    }
    merged(waits)
}

fn merged(mut all: Vec<(Duration, Duration)>) -> Vec<(Duration, Duration)> {
    // Where clocks disagree a wait ends before it begins: then there was none.
    all.retain(|(from, to)| from < to);
    all.sort_unstable();
    let mut merged: Vec<(Duration, Duration)> = Vec::new();
    for (from, to) in all {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// When something worked and when messages only waited, and how long each was altogether. A time in which nothing worked, and of
/// which no wait is known, is neither.
fn stretches<'a>(
    spans: impl Iterator<Item = &'a JourneySpan>,
    started: SystemTime,
    waits: &[(Duration, Duration)],
) -> (Vec<Stretch>, Duration, Duration) {
    // Whoever asks for messages waits himself.
    let works = spans.filter(|span| !span.is(Role::Receive));
    let works = works.map(|span| (elapsed(started, span.started()), elapsed(started, span.ended())));
    let works = merged(works.collect());
    let (mut stretches, mut waiting, mut working) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    let (mut end, mut waits) = (Duration::ZERO, waits.iter().peekable());
    for (from, to) in works {
        while let Some(&&(wait_from, wait_to)) = waits.peek() {
            let (begin, stop) = (wait_from.max(end), wait_to.min(from));
            if begin < stop {
                stretches.push(Stretch { from: begin, to: stop, waiting: true });
                waiting += stop.saturating_sub(begin);
            }
            if wait_to > from {
                break;
            }
            waits.next();
        }
        working += to.saturating_sub(from);
        stretches.push(Stretch { from, to, waiting: false });
        end = to;
    }
    (stretches, waiting, working)
}
