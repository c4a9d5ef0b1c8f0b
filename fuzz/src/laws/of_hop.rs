//! The context of a hop beside that of an event's origin.

use tracehop::CreationContext;

use crate::format::Format;
use crate::transports::Transport;

/// The origin of an event counts only if nothing else says which span made the message.
pub(super) fn is_of_hop<T: Transport>(format: &Format, headers: &T, found: &CreationContext) {
    let of_hop = format.of_hops.extract(&headers.carrier()).creation;
    let expected = if !format.reads_origin() || of_hop.is_valid() {
        of_hop
    } else {
        format.propagator.origin(&headers.carrier())
    };
    assert_eq!((found.trace_id(), found.span_id()), (expected.trace_id(), expected.span_id()));
}
