//! Time is linear in a message. A clock would tell of the machine, so what is counted is how often a carrier is asked.

use opentelemetry::Context;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use tracehop::{
    Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo,
    MessagePropagator, MessagingSystem, MessagingTracer,
};
use tracehop_testing::{CarrierUnderTest, Header};

use crate::counting::Counting;

/// One context in its exact names is read in one walk.
const PLAIN: usize = 1;

/// Of whatever else, the quick walk tells no more than that it is there. What belongs together cannot be told before all is known, and
/// a carrier lends a value for a moment only, so that two careful walks follow: one sees what is there, one takes what counts.
const ODD: usize = PLAIN + 2;

/// A patch is refused whole, without its baggage, without the headers of other propagators, and without its `tracestate`.
const MOST_PATCHES: usize = 4;

enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";
}

impl Inbound<Mail> for Counting {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("inbox"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self
    }
}

fn counting(headers: &[Header], refusals: usize) -> Counting {
    let headers = MemoryHeaders::build(headers).expect("their names are text");
    Counting { headers, refusals, ..Counting::default() }
}

/// The most walks in which the W3C's headers are read. `alias` is another name of `traceparent`.
fn walks(propagator: &MessagePropagator, alias: Option<&str>, headers: &[Header]) -> usize {
    let has_problems = !propagator.extract(&counting(headers, 0).headers).problems.is_empty();
    let is_in_other_case = |name: &[u8]| {
        let is = |own: &&str| name.eq_ignore_ascii_case(own.as_bytes()) && name != own.as_bytes();
        ["traceparent", "tracestate", "baggage"].iter().any(is)
    };
    let is_alias = |name: &[u8]| alias.is_some_and(|alias| name.eq_ignore_ascii_case(alias.as_bytes()));
    // An empty value is as good as none.
    let mut there = headers.iter().filter(|(_, value)| value.as_ref().is_some_and(|value| !value.is_empty()));
    let has_odd_name = there.any(|(name, _)| is_in_other_case(name) || is_alias(name));
    if has_problems || has_odd_name { ODD } else { PLAIN }
}

/// Each of `others`, the propagators that are not built in, takes one walk more.
pub(crate) fn reading_looks_at_each_header(
    propagator: &MessagePropagator,
    alias: Option<&str>,
    others: usize,
    headers: &[Header],
) -> TestCaseResult {
    let carrier = counting(headers, 0);
    propagator.extract(&carrier);
    let (shown, walks) = (carrier.shown.get(), walks(propagator, alias, headers));
    prop_assert!(shown <= (walks + others) * headers.len(), "{shown} of {}, {walks} walks", headers.len());
    prop_assert!(shown >= (PLAIN + others) * headers.len());
    Ok(())
}

/// A message is read before it is written to: a context that is replaced takes its baggage with it, and baggage that stands alone is
/// kept.
pub(crate) fn writing_reads_once_and_tries_few_patches(
    tracer: &MessagingTracer,
    headers: &[Header],
    cx: &Context,
    refusals: usize,
) -> TestCaseResult {
    let mut carrier = counting(headers, refusals);
    let result = tracer.inject_context(cx, &mut carrier);
    // What is not there is not refused.
    prop_assert_eq!(result.is_err(), refusals > 0 && carrier.tried > 0);
    let (shown, walks) = (carrier.shown.get(), walks(tracer.propagator(), None, headers));
    prop_assert!(shown <= walks * headers.len(), "{shown} of {}, {walks} walks", headers.len());
    prop_assert!(carrier.tried <= MOST_PATCHES, "{} patches", carrier.tried);
    Ok(())
}

/// For the context that may stand there.
pub(crate) fn a_send_reads_once(tracer: &MessagingTracer, headers: &[Header]) -> TestCaseResult {
    let mut carrier = counting(headers, 0);
    let client = ClientTracer::<Mail>::new(tracer, ClientFacts::default());
    client.send(&MessageInfo::to(Destination::named("inbox")), &mut carrier).end();
    let (shown, walks) = (carrier.shown.get(), walks(tracer.propagator(), None, headers));
    prop_assert!(shown <= walks * headers.len(), "{shown} of {}, {walks} walks", headers.len());
    Ok(())
}

/// Once for the context, and in one walk more for the count of the times before.
pub(crate) fn sending_on_reads_twice(tracer: &MessagingTracer, headers: &[Header]) -> TestCaseResult {
    let received = tracer.receive::<Mail, _>(counting(headers, 0));
    received.forward_headers("it was declined");
    let (shown, walks) = (received.shown.get(), walks(tracer.propagator(), None, headers) + 1);
    prop_assert!(shown <= walks * headers.len(), "{shown} of {}, {walks} walks", headers.len());
    Ok(())
}
