//! The values of a few headers, copied: a carrier lends a value for a moment only, and these formats need several at once.

use crate::carrier::{Carrier, Initials};
use crate::codec::traceparent::Traceparent;
use crate::context::{CreationContext, debug_flag};
use crate::propagation::context_format::OutgoingContext;

/// The longest value that is looked at. The longest that any of these formats writes has some 500 bytes.
const MAX_VALUE_BYTES: usize = 1024;

/// The last value of each of the wanted headers. A name that is exactly right goes before one in another letter case; in a map,
/// which has its names in any order, of those in another one the spelling that sorts last counts.
pub(super) struct Fields<const N: usize> {
    values: [Option<Value>; N],
}

#[derive(Default)]
struct Value {
    is_exact: bool,
    spelling: Vec<u8>,
    bytes: Vec<u8>,
}

impl<const N: usize> Fields<N> {
    pub(super) fn read(carrier: &dyn Carrier, names: [&str; N]) -> Self {
        let keeps_order = carrier.transport().keeps_order;
        let mut values = [const { None }; N];
        carrier.for_each_beginning(Initials::of(names), &mut |name, value| {
            // An empty value is as good as none, and one that is too long is as good as a malformed one.
            let Some(value) = value.filter(|value| !value.is_empty()) else { return };
            let slots = values.iter_mut().zip(names);
            let Some((slot, wanted)) =
                slots.into_iter().find(|(_, wanted)| wanted.as_bytes().eq_ignore_ascii_case(name))
            else {
                return;
            };
            let is_exact = wanted.as_bytes() == name;
            let is_better = |known: &Value| {
                is_exact || !known.is_exact && (keeps_order || name >= known.spelling.as_slice())
            };
            if slot.as_ref().is_none_or(is_better) {
                let bytes = if value.len() <= MAX_VALUE_BYTES { value } else { &[] };
                let slot = slot.get_or_insert_default();
                slot.is_exact = is_exact;
                for (to, from) in [(&mut slot.spelling, name), (&mut slot.bytes, bytes)] {
                    to.clear();
                    to.extend_from_slice(from);
                }
            }
        });
        Self { values }
    }

    pub(super) fn get(&self) -> [Option<&[u8]>; N] {
        self.values.each_ref().map(|value| value.as_ref().map(|value| value.bytes.as_slice()))
    }

    /// The names of those that are there.
    pub(super) fn found(&self, names: [&str; N]) -> Vec<String> {
        let there = self.values.iter().zip(names).filter(|(value, _)| value.is_some());
        there.map(|(_, name)| name.to_owned()).collect()
    }
}

/// The context that a format found.
pub(super) fn creation(parts: &Traceparent, debug: bool) -> CreationContext {
    let Traceparent { trace_id, span_id, flags } = *parts;
    let flags = if debug { flags | debug_flag::DEBUG } else { flags };
    CreationContext { trace_id, span_id, flags, ..CreationContext::NONE }
}

/// The parts to write, and whether everybody is to keep the trace. `None` if there is no span.
pub(super) fn parts(outgoing: &OutgoingContext<'_>) -> Option<(Traceparent, bool)> {
    let span = outgoing.span;
    let parts = Traceparent { trace_id: span.trace_id(), span_id: span.span_id(), flags: outgoing.flags() };
    span.is_valid().then(|| (parts, debug_flag::is_set(span, outgoing.cx)))
}
