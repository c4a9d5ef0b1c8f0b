//! Reading a message.

use tracehop::{CreationContext, MessagingTracer, Trust};

use super::any_order::says_the_same;
use super::of_hop::is_of_hop;
use super::stored::{can_be_sent_on, can_be_stored};
use super::zero_names::is_whole;
use crate::format::Format;
use crate::formats;
use crate::input::Message;
use crate::transports::Transport;

/// Reading does not panic, says the same each time, and what is found can be stored and sent on.
pub(crate) fn extract<T: Transport>(bytes: &[u8]) {
    let message = Message::read(bytes);
    let headers = T::build(&message.headers);
    let format = formats::choose(message.format);
    let found = format.propagator.extract(&headers.carrier()).creation;
    let report = is_explained(format, &headers);
    assert_eq!(report, found, "read twice");
    says_the_same(format, &headers);
    is_of_hop(format, &headers, &found);
    is_filtered(format, &found);
    is_trusted_so_far(format, &headers, &found);
    is_whole::<T>(&message, &headers);
    can_be_stored(&found);
    can_be_sent_on(&found);
}

/// A report says what reading says.
fn is_explained<T: Transport>(format: &Format, headers: &T) -> CreationContext {
    let carrier = headers.carrier();
    let (found, report) = (format.propagator.extract(&carrier), format.propagator.explain(&carrier));
    assert_eq!(report.extracted().creation, found.creation);
    assert_eq!(report.extracted().problems, found.problems);
    assert_eq!(report.origin(), &format.propagator.origin(&carrier));
    found.creation
}

/// Baggage that is not let in is not found.
fn is_filtered(format: &Format, found: &CreationContext) {
    if let Some(allowed) = format.baggage_in {
        assert!(found.baggage().iter().all(|(key, _)| allowed(key.as_str())));
    }
}

/// A source that is trusted less says less.
fn is_trusted_so_far<T: Transport>(format: &Format, headers: &T, full: &CreationContext) {
    let tracer = MessagingTracer::builder().propagator(format.propagator.clone()).build();
    for trust in [Trust::Full, Trust::LinkOnly, Trust::Ignore] {
        let tracer = tracer.with_trust(trust);
        let found = tracer.extract(&headers.carrier());
        let report = tracer.explain(&headers.carrier());
        assert_eq!(report.extracted().creation, found.creation, "{trust}");
        assert_eq!(report.extracted().problems, found.problems, "{trust}");
        match trust {
            Trust::Ignore => assert_eq!(found.creation, CreationContext::NONE),
            Trust::LinkOnly => {
                let found = found.creation;
                assert_eq!((found.trace_id(), found.span_id()), (full.trace_id(), full.span_id()));
                assert!(!found.is_sampled() && found.tracestate().is_none() && found.baggage().is_empty());
            }
            _ => assert_eq!(&found.creation, full),
        }
    }
}
