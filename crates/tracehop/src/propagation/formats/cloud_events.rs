//! The distributed tracing extension of CloudEvents: the context in which an event came to be. It stays on the event while the
//! event is sent on, beside the context of each hop.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::carrier::{Carrier, HeaderPatch, Initials};
use crate::codec::percent::{percent_decode, percent_encode};
use crate::codec::traceparent::Traceparent;
use crate::codec::tracestate;
use crate::context::{CreationContext, carried_tracestate};
use crate::propagation::Problems;
use crate::propagation::context_format::{ContextFormat, Found, OutgoingContext};

use super::fields;

/// What stands before the name of an attribute: over Kafka, over NATS, and over AMQP, where there are two.
const PREFIXES: [&str; 4] = ["ce_", "ce-", "cloudEvents_", "cloudEvents:"];

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

pub(in crate::propagation) struct CloudEventsFormat;

impl CloudEventsFormat {
    /// All names that it knows.
    pub(in crate::propagation) fn names() -> impl Iterator<Item = String> {
        let names = |prefix| [TRACEPARENT, TRACESTATE].map(|attribute| format!("{prefix}{attribute}"));
        PREFIXES.into_iter().flat_map(names)
    }
}

impl ContextFormat for CloudEventsFormat {
    /// None is replaced or removed: the origin of an event does not change.
    fn fields(&self) -> Vec<&str> {
        Vec::new()
    }

    fn is_of_hop(&self) -> bool {
        false
    }

    fn read(&self, carrier: &dyn Carrier) -> Found {
        let keeps_order = carrier.transport().keeps_order;
        let mut names = Vec::new();
        let mut origin: Option<Origin> = None;
        for_each_attribute(carrier, |name, prefix, attribute, value| {
            let is_parent = attribute.eq_ignore_ascii_case(TRACEPARENT.as_bytes());
            if !is_parent && !attribute.eq_ignore_ascii_case(TRACESTATE.as_bytes()) {
                return;
            }
            if names.len() < MAX_NAMES {
                names.push(String::from_utf8_lossy(name).into_owned());
            }
            let parts = Traceparent::decode(value).filter(|_| is_parent);
            if let Some(parts) = parts {
                let found = Origin { prefix, spelling: name.to_owned(), parts };
                if origin.as_ref().is_none_or(|known| found.is_better_than(known, keeps_order)) {
                    origin = Some(found);
                }
            }
        });
        names.sort_unstable();
        names.dedup();
        let creation = origin.map(|Origin { prefix, parts, .. }| CreationContext {
            tracestate: state_of(carrier, prefix),
            ..fields::creation(&parts, false)
        });
        Found::new(names, creation)
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        let Some((parts, _)) = fields::parts(outgoing) else { return Problems::default() };
        let mut prefix = outgoing.carrier.transport().cloud_events_prefix;
        let mut has_origin = false;
        for_each_attribute(outgoing.carrier, |_, used, attribute, _| {
            has_origin |= attribute.eq_ignore_ascii_case(TRACEPARENT.as_bytes());
            // One message has one separator.
            prefix = PREFIXES.get(used).copied().unwrap_or(prefix);
        });
        if !has_origin {
            patch.put(&format!("{prefix}{TRACEPARENT}"), parts.encode());
            if let Some(state) = carried_tracestate::header(outgoing.span, outgoing.cx) {
                patch.put(&format!("{prefix}{TRACESTATE}"), encode(prefix, state));
            }
            // The state of no context must not become this one's.
            for prefix in PREFIXES {
                patch.remove(&format!("{prefix}{TRACESTATE}"));
            }
        }
        Problems::default()
    }
}

/// A `traceparent` of an origin.
struct Origin {
    /// The place of its prefix.
    prefix: usize,
    spelling: Vec<u8>,
    parts: Traceparent,
}

impl Origin {
    /// Whether this one, which was found later, counts. It must not depend on the order of a map.
    fn is_better_than(&self, known: &Self, keeps_order: bool) -> bool {
        match self.prefix.cmp(&known.prefix) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal => keeps_order || self.spelling >= known.spelling,
        }
    }
}

/// The state that stands under the same prefix.
fn state_of(carrier: &dyn Carrier, prefix: usize) -> Option<Box<str>> {
    let mut values = Vec::new();
    for_each_attribute(carrier, |name, of, attribute, value| {
        if of == prefix && attribute.eq_ignore_ascii_case(TRACESTATE.as_bytes()) && values.len() < MAX_STATES
        {
            values.push((name.to_owned(), decode(name, value).into_owned()));
        }
    });
    if !carrier.transport().keeps_order {
        values.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    let mut states = tracestate::Collector::default();
    for (_, value) in &values {
        states.push(value.as_bytes());
    }
    states.finish().ok().flatten()
}

/// The most names that are told to a report.
const MAX_NAMES: usize = 16;

/// The most headers that one `tracestate` is read from: it has 32 members at most.
const MAX_STATES: usize = 32;

/// The binding for NATS, like that for HTTP, percent-encodes values. A `traceparent` has nothing to encode.
const ENCODING: &str = "ce-";

fn encode(prefix: &str, state: String) -> String {
    if prefix != ENCODING {
        return state;
    }
    let mut text = String::with_capacity(state.len());
    percent_encode(&state, &mut text);
    text
}

fn decode<'v>(name: &[u8], value: &'v [u8]) -> Cow<'v, str> {
    let is_encoded =
        name.get(..ENCODING.len()).is_some_and(|start| start.eq_ignore_ascii_case(ENCODING.as_bytes()));
    match std::str::from_utf8(value) {
        Ok(text) if is_encoded => percent_decode(text),
        // What is not UTF-8 is malformed, also if it is mended.
        _ => String::from_utf8_lossy(value),
    }
}

/// Calls `f` with each attribute of an event: the name of its header, the place of its prefix, its own name, and its value.
fn for_each_attribute(carrier: &dyn Carrier, mut f: impl FnMut(&[u8], usize, &[u8], &[u8])) {
    carrier.for_each_beginning(Initials::of(PREFIXES), &mut |name, value| {
        let attribute = PREFIXES.iter().enumerate().find_map(|(place, prefix)| {
            let (start, attribute) = name.split_at_checked(prefix.len())?;
            start.eq_ignore_ascii_case(prefix.as_bytes()).then_some((place, attribute))
        });
        if let (Some((prefix, attribute)), Some(value)) = (attribute, value.filter(|value| !value.is_empty()))
        {
            f(name, prefix, attribute, value);
        }
    });
}
