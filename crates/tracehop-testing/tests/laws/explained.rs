//! What a report says, and what is taken from a source that is trusted less.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use tracehop::{CreationContext, MemoryHeaders, MessagePropagator, MessagingTracer, Trust};
use tracehop_testing::{CarrierUnderTest, Header};

pub(crate) fn a_report_says_what_reading_says(
    propagator: &MessagePropagator,
    headers: &[Header],
) -> TestCaseResult {
    let carrier = MemoryHeaders::build(headers).unwrap();
    let (found, report) = (propagator.extract(&carrier), propagator.explain(&carrier));
    prop_assert_eq!(&report.extracted().creation, &found.creation);
    prop_assert_eq!(report.extracted().problems, found.problems);
    Ok(())
}

pub(crate) fn less_trust_says_less(tracer: &MessagingTracer, headers: &[Header]) -> TestCaseResult {
    let carrier = MemoryHeaders::build(headers).unwrap();
    let full = tracer.extract(&carrier).creation;
    let linked = tracer.with_trust(Trust::LinkOnly).extract(&carrier).creation;
    prop_assert_eq!((linked.trace_id(), linked.span_id()), (full.trace_id(), full.span_id()));
    prop_assert!(!linked.is_sampled() && linked.tracestate().is_none() && linked.baggage().is_empty());
    let ignored = tracer.with_trust(Trust::Ignore).extract(&carrier).creation;
    prop_assert_eq!(ignored, CreationContext::NONE);
    Ok(())
}
