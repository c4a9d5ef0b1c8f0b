//! Jaeger: the span in one header, and each member of the baggage in one of its own.

use opentelemetry::baggage::BaggageExt;

use crate::carrier::{Carrier, HeaderPatch, Initials};
use crate::codec::{baggage, jaeger};
use crate::context::CreationContext;
use crate::propagation::Problems;
use crate::propagation::context_format::{ContextFormat, Found, OutgoingContext};

use super::fields::{self, Fields};

const NAME: &str = "uber-trace-id";
/// What stands before the key of a member of the baggage.
const BAGGAGE_PREFIX: &str = "uberctx-";

pub(in crate::propagation) struct JaegerFormat;

impl ContextFormat for JaegerFormat {
    fn fields(&self) -> Vec<&str> {
        vec![NAME]
    }

    fn prefixes(&self) -> &'static [&'static str] {
        &[BAGGAGE_PREFIX]
    }

    fn read(&self, carrier: &dyn Carrier) -> Found {
        let fields = Fields::read(carrier, [NAME]);
        let [value] = fields.get();
        let found = value.and_then(jaeger::decode);
        let creation = found.map(|found| fields::creation(&found.parts, found.debug));
        let mut found = Found::new(fields.found([NAME]), creation);
        let (text, dropped, members) = read_baggage(carrier);
        found.members = members;
        found.creation = CreationContext { baggage: text, ..found.creation };
        found.dropped_baggage = dropped;
        found
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        let mut problems = Problems::default();
        if let Some((parts, debug)) = fields::parts(outgoing) {
            patch.put(NAME, jaeger::encode(&parts, debug));
        }
        let own = baggage::decode(outgoing.own_baggage);
        let current = outgoing.cx.baggage().iter();
        let current =
            current.filter(|(key, _)| own.get(key.as_str()).is_none() && outgoing.allows(key.as_str()));
        for (key, (value, _)) in own.iter().chain(current) {
            match jaeger::encode_baggage_value(value.as_str()) {
                Some(value) => patch.put_member(&format!("{BAGGAGE_PREFIX}{key}"), value),
                None => problems.drop_baggage(1),
            }
        }
        problems
    }
}

/// The members, as many as there may be of them, how many there are more, and the names of the first headers.
fn read_baggage(carrier: &dyn Carrier) -> (Option<Box<str>>, usize, Vec<String>) {
    let (mut members, mut names) = (Vec::new(), Vec::new());
    let mut malformed = 0;
    carrier.for_each_beginning(Initials::of([BAGGAGE_PREFIX]), &mut |name, value| {
        let Some((start, key)) = name.split_at_checked(BAGGAGE_PREFIX.len()) else { return };
        if !start.eq_ignore_ascii_case(BAGGAGE_PREFIX.as_bytes()) {
            return;
        }
        if names.len() < baggage::MAX_MEMBERS {
            names.push(String::from_utf8_lossy(name).into_owned());
        }
        let value = value.and_then(jaeger::decode_baggage_value);
        let value = value.and_then(|value| jaeger::encode_baggage_value(&value));
        // A key with a comma or an equals sign would make other members of one.
        let key = std::str::from_utf8(key).ok().filter(|key| !key.contains([',', '=']));
        match key.zip(value) {
            Some((key, value)) => members.push(format!("{key}={value}")),
            None => malformed += 1,
        }
    });
    // Equal maps make equal baggage.
    if !carrier.transport().keeps_order {
        members.sort_unstable();
    }
    let mut collector = baggage::Collector::default();
    for member in &members {
        collector.push(member.as_bytes());
    }
    let (text, dropped) = collector.finish();
    (text, dropped + malformed, names)
}
