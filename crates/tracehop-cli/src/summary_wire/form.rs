//! The form of one summary in JSON. What is empty or zero is left out.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;
use serde::{Deserialize, Serialize};
use tracehop_journey::{
    Gap, HopRecord, JourneyId, JourneySummary, Loss, Outcome, SpanKey, Stretch, UnhandledSend,
    UnmatchedHandler,
};

use super::names::Names;

type Text<'a> = Cow<'a, str>;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Summary<'a> {
    id: Key,
    #[serde(borrow)]
    name: Text<'a>,
    started: u64,
    duration: u64,
    outcome: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    error: Option<Text<'a>>,
    spans: usize,
    traces: Vec<Trace>,
    #[serde(borrow)]
    services: Vec<Text<'a>>,
    #[serde(borrow)]
    destinations: Vec<Text<'a>>,
    attempts: u32,
    waiting: u64,
    working: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stretches: Vec<(u64, u64, bool)>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    hops: Vec<Hop<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    unhandled: Vec<Unhandled<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    unmatched: Vec<Unmatched<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    repeated_contexts: Vec<(Text<'a>, Text<'a>)>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<(Text<'a>, Text<'a>)>,
    #[serde(default)]
    begins_elsewhere: bool,
    #[serde(default)]
    parts_left_out: usize,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    losses: Vec<LossForm<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Hop<'a> {
    send: Key,
    process: Key,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    system: Text<'a>,
    producer: Text<'a>,
    destination: Text<'a>,
    consumer: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    group: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    partition: Option<Text<'a>>,
    sent: u64,
    sending: u64,
    wait: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    skew: u64,
    handling: u64,
    attempt: u32,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    error: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    handled_error: Option<Text<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Unhandled<'a> {
    send: Key,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    system: Text<'a>,
    producer: Text<'a>,
    destination: Text<'a>,
    sent: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    error: Option<Text<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Unmatched<'a> {
    #[serde(default, skip_serializing_if = "is_false")]
    has_context: bool,
    process: Key,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    producer: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    system: Text<'a>,
    destination: Text<'a>,
    consumer: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    group: Option<Text<'a>>,
    started: u64,
    handling: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    error: Option<Text<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LossForm<'a> {
    span: Key,
    service: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    destination: Text<'a>,
    #[serde(default, skip_serializing_if = "is_zero")]
    attributes: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    events: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    links: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    here: u64,
}

/// `{trace id}-{span id}`.
#[derive(Clone, Copy, Debug)]
struct Key(SpanKey);

#[derive(Clone, Copy, Debug)]
struct Trace(TraceId);

/// The names of what may become of a journey.
const OUTCOMES: [(&str, Outcome); 4] = [
    ("ok", Outcome::Ok),
    ("failed", Outcome::Failed),
    ("dead_lettered", Outcome::DeadLettered),
    ("waiting", Outcome::Waiting),
];

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(truth: &bool) -> bool {
    !truth
}

/// What is beyond the year 2554 is put there.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What is before 1970 is put there.
pub(super) fn unix_nanos(time: SystemTime) -> u64 {
    nanos(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// Not every system's clock reaches the year 2554.
pub(super) fn time(unix_nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(unix_nanos)).unwrap_or(SystemTime::UNIX_EPOCH)
}

impl<'a> Summary<'a> {
    pub(super) fn of(journey: &'a JourneySummary) -> Self {
        let text = |text: &'a Arc<str>| Cow::Borrowed(&**text);
        let outcome = OUTCOMES.iter().find(|(_, outcome)| *outcome == journey.outcome);
        Self {
            id: Key(journey.id.0),
            name: Cow::Borrowed(&journey.name),
            started: unix_nanos(journey.started),
            duration: nanos(journey.duration),
            outcome: Cow::Borrowed(outcome.map_or("", |(name, _)| name)),
            error: journey.error.as_ref().map(text),
            spans: journey.spans,
            traces: journey.traces.iter().copied().map(Trace).collect(),
            services: journey.services.iter().map(text).collect(),
            destinations: journey.destinations.iter().map(text).collect(),
            attempts: journey.attempts,
            waiting: nanos(journey.waiting),
            working: nanos(journey.working),
            stretches: journey
                .stretches
                .iter()
                .map(|it| (nanos(it.from), nanos(it.to), it.waiting))
                .collect(),
            hops: journey.hops.iter().map(Hop::of).collect(),
            unhandled: journey.unhandled.iter().map(Unhandled::of).collect(),
            unmatched: journey.unmatched.iter().map(Unmatched::of).collect(),
            repeated_contexts: journey.repeated_contexts.iter().map(|(a, b)| (text(a), text(b))).collect(),
            tags: journey.tags.iter().map(|(key, value)| (text(key), Cow::Borrowed(&**value))).collect(),
            begins_elsewhere: journey.begins_elsewhere,
            parts_left_out: journey.parts_left_out,
            losses: journey.losses.iter().map(LossForm::of).collect(),
        }
    }

    /// The summary, or what its outcome is called if that is unknown.
    pub(super) fn read(self, names: &mut Names) -> Result<JourneySummary, String> {
        let outcome = OUTCOMES.iter().find(|(name, _)| *name == self.outcome);
        let outcome = outcome.map(|(_, outcome)| *outcome).ok_or_else(|| self.outcome.into_owned())?;
        let length = Duration::from_nanos;
        let stretch = |(from, to, waiting)| Stretch { from: length(from), to: length(to), waiting };
        Ok(JourneySummary {
            id: JourneyId(self.id.0),
            name: self.name.into(),
            started: time(self.started),
            duration: length(self.duration),
            outcome,
            error: self.error.map(|it| names.shared(&it)),
            spans: self.spans,
            traces: self.traces.into_iter().map(|trace| trace.0).collect(),
            services: self.services.iter().map(|it| names.shared(it)).collect(),
            destinations: self.destinations.iter().map(|it| names.shared(it)).collect(),
            attempts: self.attempts,
            waiting: length(self.waiting),
            working: length(self.working),
            stretches: self.stretches.into_iter().map(stretch).collect(),
            hops: self.hops.into_iter().map(|hop| hop.read(names)).collect(),
            unhandled: self.unhandled.into_iter().map(|send| send.read(names)).collect(),
            unmatched: self.unmatched.into_iter().map(|it| it.read(names)).collect(),
            repeated_contexts: pairs(&self.repeated_contexts, names),
            tags: self.tags.into_iter().map(|(key, value)| (names.shared(&key), value.into())).collect(),
            begins_elsewhere: self.begins_elsewhere,
            parts_left_out: self.parts_left_out,
            losses: self.losses.into_iter().map(|loss| loss.read(names)).collect(),
        })
    }
}

fn pairs(pairs: &[(Text<'_>, Text<'_>)], names: &mut Names) -> Box<[(Arc<str>, Arc<str>)]> {
    pairs.iter().map(|(service, destination)| (names.shared(service), names.shared(destination))).collect()
}

impl<'a> Hop<'a> {
    fn of(hop: &'a HopRecord) -> Self {
        let text = |text: &'a Arc<str>| Cow::Borrowed(&**text);
        Self {
            send: Key(hop.send),
            process: Key(hop.process),
            system: text(&hop.system),
            producer: text(&hop.producer),
            destination: text(&hop.destination),
            consumer: text(&hop.consumer),
            group: hop.group.as_ref().map(text),
            partition: hop.partition.as_ref().map(text),
            sent: unix_nanos(hop.sent),
            sending: nanos(hop.sending),
            wait: nanos(hop.wait),
            skew: nanos(hop.skew),
            handling: nanos(hop.handling),
            attempt: hop.attempt,
            error: hop.error.as_ref().map(text),
            handled_error: hop.handled_error.as_ref().map(text),
        }
    }

    fn read(self, names: &mut Names) -> HopRecord {
        HopRecord {
            send: self.send.0,
            process: self.process.0,
            system: names.shared(&self.system),
            producer: names.shared(&self.producer),
            destination: names.shared(&self.destination),
            consumer: names.shared(&self.consumer),
            group: self.group.map(|it| names.shared(&it)),
            partition: self.partition.map(|it| names.shared(&it)),
            sent: time(self.sent),
            sending: Duration::from_nanos(self.sending),
            wait: Duration::from_nanos(self.wait),
            skew: Duration::from_nanos(self.skew),
            handling: Duration::from_nanos(self.handling),
            attempt: self.attempt,
            error: self.error.map(|it| names.shared(&it)),
            handled_error: self.handled_error.map(|it| names.shared(&it)),
        }
    }
}

impl<'a> Unhandled<'a> {
    fn of(send: &'a UnhandledSend) -> Self {
        Self {
            send: Key(send.send),
            system: Cow::Borrowed(&send.system),
            producer: Cow::Borrowed(&send.producer),
            destination: Cow::Borrowed(&send.destination),
            sent: unix_nanos(send.sent),
            error: send.error.as_deref().map(Cow::Borrowed),
        }
    }

    fn read(self, names: &mut Names) -> UnhandledSend {
        UnhandledSend {
            send: self.send.0,
            system: names.shared(&self.system),
            producer: names.shared(&self.producer),
            destination: names.shared(&self.destination),
            sent: time(self.sent),
            error: self.error.map(|it| names.shared(&it)),
        }
    }
}

impl<'a> Unmatched<'a> {
    fn of(it: &'a UnmatchedHandler) -> Self {
        let text = |text: &'a Arc<str>| Cow::Borrowed(&**text);
        Self {
            has_context: it.gap != Gap::NoContext,
            process: Key(it.process),
            producer: it.producer.as_ref().map(text),
            system: text(&it.system),
            destination: text(&it.destination),
            consumer: text(&it.consumer),
            group: it.group.as_ref().map(text),
            started: unix_nanos(it.started),
            handling: nanos(it.handling),
            error: it.error.as_ref().map(text),
        }
    }

    fn read(self, names: &mut Names) -> UnmatchedHandler {
        UnmatchedHandler {
            gap: if self.has_context { Gap::NoSend } else { Gap::NoContext },
            process: self.process.0,
            producer: self.producer.map(|it| names.shared(&it)),
            system: names.shared(&self.system),
            destination: names.shared(&self.destination),
            consumer: names.shared(&self.consumer),
            group: self.group.map(|it| names.shared(&it)),
            started: time(self.started),
            handling: Duration::from_nanos(self.handling),
            error: self.error.map(|it| names.shared(&it)),
        }
    }
}

impl<'a> LossForm<'a> {
    fn of(loss: &'a Loss) -> Self {
        Self {
            span: Key(loss.span),
            service: Cow::Borrowed(&loss.service),
            destination: Cow::Borrowed(&loss.destination),
            attributes: loss.attributes,
            events: loss.events,
            links: loss.links,
            here: loss.here,
        }
    }

    fn read(self, names: &mut Names) -> Loss {
        Loss {
            span: self.span.0,
            service: names.shared(&self.service),
            destination: names.shared(&self.destination),
            attributes: self.attributes,
            events: self.events,
            links: self.links,
            here: self.here,
        }
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&JourneyId(self.0))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id: Cow<'de, str> = Cow::deserialize(deserializer)?;
        let id: JourneyId = id.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(id.0))
    }
}

impl Serialize for Trace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Trace {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id: Cow<'de, str> = Cow::deserialize(deserializer)?;
        // A journey's id has the same beginning, and its reader is strict.
        let (trace, _) = format!("{id}-0000000000000001")
            .parse::<JourneyId>()
            .map_err(|_| serde::de::Error::custom("a trace id is 32 hex digits"))?
            .0;
        Ok(Self(trace))
    }
}
