//! B3, in one header or in several.

use crate::carrier::{Carrier, HeaderPatch};
use crate::codec::b3;
use crate::propagation::Problems;
use crate::propagation::context_format::{ContextFormat, Found, OutgoingContext};

use super::fields::{self, Fields};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";
/// It is read by nobody: a child's parent is the span that made the message.
const PARENT_SPAN_ID: &str = "x-b3-parentspanid";

/// Both forms are read, the one header first. One is written.
pub(in crate::propagation) enum B3Format {
    Single,
    Multi,
}

impl ContextFormat for B3Format {
    fn fields(&self) -> Vec<&str> {
        vec![SINGLE, TRACE_ID, SPAN_ID, SAMPLED, FLAGS, PARENT_SPAN_ID]
    }

    fn read(&self, carrier: &dyn Carrier) -> Found {
        let names = [SINGLE, TRACE_ID, SPAN_ID, SAMPLED, FLAGS];
        let fields = Fields::read(carrier, names);
        let [single, trace_id, span_id, sampled, flags] = fields.get();
        let of_single = single.and_then(b3::decode_single);
        let is_single = of_single.is_some();
        let found = of_single.or_else(|| b3::decode_multi(trace_id, span_id, sampled, flags));
        let creation = found.map(|found| fields::creation(&found.parts, found.debug));
        // A decision of the sampler alone is well-formed, and no context.
        let is_decision = single.is_none_or(|value| matches!(value, b"0" | b"1" | b"d"))
            && trace_id.is_none()
            && span_id.is_none();
        let names = if is_decision { Vec::new() } else { fields.found(names) };
        // Of the two forms one counts.
        let is_used = |name: &String| creation.is_none() || (name == SINGLE) == is_single;
        let (names, superseded) = names.into_iter().partition(is_used);
        Found { superseded, ..Found::new(names, creation) }
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        if let Some((parts, debug)) = fields::parts(outgoing) {
            match self {
                Self::Single => patch.put(SINGLE, b3::encode_single(&parts, debug)),
                Self::Multi => {
                    let b3::Multi { trace_id, span_id, sampled, flags } = b3::encode_multi(&parts, debug);
                    patch.put(TRACE_ID, trace_id);
                    patch.put(SPAN_ID, span_id);
                    if let Some(sampled) = sampled {
                        patch.put(SAMPLED, sampled);
                    }
                    if let Some(flags) = flags {
                        patch.put(FLAGS, flags);
                    }
                }
            }
            self.fields().into_iter().for_each(|name| patch.remove(name));
        }
        Problems::default()
    }
}
