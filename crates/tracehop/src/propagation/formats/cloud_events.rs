//! The distributed tracing extension of CloudEvents: the context in which an event came to be. It stays on the event while the
//! event is sent on, beside the context of each hop.

use crate::carrier::{Carrier, HeaderPatch, Initials};
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
        let mut names = Vec::new();
        let (mut parts, mut states) = (None, tracestate::Collector::default());
        for_each_attribute(carrier, |name, attribute, value| {
            let is_state = attribute.eq_ignore_ascii_case(TRACESTATE.as_bytes());
            if is_state {
                states.push(value);
            } else if attribute.eq_ignore_ascii_case(TRACEPARENT.as_bytes()) {
                parts = Traceparent::decode(value);
            } else {
                return;
            }
            let name = String::from_utf8_lossy(name).into_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        });
        let tracestate = states.finish().ok().flatten();
        let creation = parts.map(|parts| CreationContext { tracestate, ..fields::creation(&parts, false) });
        Found::new(names, creation)
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        let Some((parts, _)) = fields::parts(outgoing) else { return Problems::default() };
        let (mut has_origin, mut prefix) = (false, outgoing.carrier.transport().cloud_events_prefix);
        for_each_attribute(outgoing.carrier, |name, attribute, _| {
            has_origin |= attribute.eq_ignore_ascii_case(TRACEPARENT.as_bytes());
            // One message has one separator.
            let used = PREFIXES.into_iter().find(|prefix| name.starts_with(prefix.as_bytes()));
            prefix = used.unwrap_or(prefix);
        });
        if !has_origin {
            patch.put(&format!("{prefix}{TRACEPARENT}"), parts.encode());
            if let Some(state) = carried_tracestate::header(outgoing.span, outgoing.cx) {
                patch.put(&format!("{prefix}{TRACESTATE}"), state);
            }
        }
        Problems::default()
    }
}

/// Calls `f` with each attribute of an event: the name of its header, its own, and its value.
fn for_each_attribute(carrier: &dyn Carrier, mut f: impl FnMut(&[u8], &[u8], &[u8])) {
    carrier.for_each_beginning(Initials::of(PREFIXES), &mut |name, value| {
        let attribute = PREFIXES.iter().find_map(|prefix| {
            let (start, attribute) = name.split_at_checked(prefix.len())?;
            start.eq_ignore_ascii_case(prefix.as_bytes()).then_some(attribute)
        });
        if let (Some(attribute), Some(value)) = (attribute, value.filter(|value| !value.is_empty())) {
            f(name, attribute, value);
        }
    });
}
