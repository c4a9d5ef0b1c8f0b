//! The W3C's binary form under the name of the text, as its draft for AMQP asks.

use crate::carrier::{Carrier, HeaderPatch, TRACEPARENT, TRACESTATE};
use crate::codec::binary;
use crate::context::carried_tracestate;
use crate::propagation::Problems;
use crate::propagation::context_format::{ContextFormat, Found, OutgoingContext};

use super::fields;

/// It is read where the text is, so that this only writes.
pub(in crate::propagation) struct BinaryFormat;

impl ContextFormat for BinaryFormat {
    fn fields(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }

    fn read(&self, _: &dyn Carrier) -> Found {
        Found::default()
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        if let Some((parts, _)) = fields::parts(outgoing) {
            patch.put(TRACEPARENT, binary::encode(&parts));
            match carried_tracestate::header(outgoing.span, outgoing.cx) {
                Some(state) => patch.put(TRACESTATE, state),
                None => patch.remove(TRACESTATE),
            }
        }
        Problems::default()
    }
}
