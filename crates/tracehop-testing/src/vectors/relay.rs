//! Row 8: what a relay leaves that copies headers and appends its own.

use tracehop::Problem::{MalformedTraceparent, RepeatedTraceparent};

use super::ids::{SPAN_ID, TRACE_ID};
use super::vector::{Vector, list};

pub(super) fn vectors() -> Vec<Vector> {
    let new = |name, reason| Vector::new(8, name, reason).traceparent("00-T-S-01");
    let members = list(17, |i| format!("member{i:02}={i}"));
    vec![
        new("relayed_context_keeps_its_own_tracestate", "what stands behind a traceparent is its own")
            .tracestate("congo=OLD")
            .traceparent("00-T-O-01")
            .tracestate("congo=NEW")
            .continues_the_other()
            .keeps("congo=NEW")
            .reports(RepeatedTraceparent),
        new("relayed_context_gets_no_tracestate_of_another", "a restarted trace drops the tracestate")
            .tracestate("congo=OLD")
            .traceparent("00-T-O-01")
            .continues_the_other()
            .reports(RepeatedTraceparent),
        new("relayed_context_keeps_its_own_baggage", "what a relay held back must not come back")
            .baggage("secret=1,tenant=a")
            .traceparent("00-T-O-01")
            .baggage("tenant=a")
            .continues_the_other()
            .carries(&[("tenant", "a")], "tenant=a")
            .reports(RepeatedTraceparent),
        new("relayed_context_gets_no_baggage_of_another", "a relay held all of it back")
            .baggage("secret=1")
            .traceparent("00-T-O-01")
            .continues_the_other()
            .reports(RepeatedTraceparent),
        new("copied_members_are_not_doubled", "34 members would be too many")
            .tracestate(&members)
            .traceparent("00-T-O-01")
            .tracestate(&members)
            .continues_the_other()
            .keeps(members.clone())
            .reports(RepeatedTraceparent),
        Vector::new(8, "tracestate_may_be_written_before_its_traceparent", "Go's clients do so")
            .tracestate("congo=OLD")
            .traceparent("00-T-S-01")
            .tracestate("congo=NEW")
            .traceparent("00-T-O-01")
            .continues_the_other()
            .keeps("congo=NEW")
            .reports(RepeatedTraceparent),
        new("equal_traceparents_share_what_one_of_them_has", "they are one context")
            .tracestate("foo=1")
            .baggage("a=1")
            .traceparent("00-T-S-01")
            .continues(1)
            .keeps("foo=1")
            .carries(&[("a", "1")], "a=1")
            .reports(RepeatedTraceparent),
        new("malformed_traceparent_takes_nothing_away", "one that means nothing has nothing")
            .tracestate("foo=1")
            .baggage("a=1")
            .traceparent("garbage")
            .continues(1)
            .keeps("foo=1")
            .carries(&[("a", "1")], "a=1")
            .reports(MalformedTraceparent)
            .reports(RepeatedTraceparent),
        Vector::new(8, "relayed_context_in_another_letter_case_keeps_to_itself", "its sender capitalises")
            .header("Traceparent", format!("00-{TRACE_ID}-{SPAN_ID}-01"))
            .header("Tracestate", "congo=OLD")
            .traceparent("00-T-O-01")
            .continues_the_other(),
        new("each_header_may_have_a_letter_case_of_its_own", "servers lower some names and not others")
            .header("TraceState", "foo=1")
            .header("Baggage", "a=1")
            .continues(1)
            .keeps("foo=1")
            .carries(&[("a", "1")], "a=1"),
    ]
}
