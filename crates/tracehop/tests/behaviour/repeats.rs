//! Several `traceparent` headers on one message: which one counts, and what is told of it.

use tracehop::{Extracted, MemoryHeaders, MessagePropagator, Problem, Repeats};

use crate::carriers::Renaming;
use crate::mail::{Post, recorded};

const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";
const ONE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const BAD: &str = "00-bad";

fn read(repeats: Repeats, headers: &[(&str, &str)]) -> Extracted {
    let headers: MemoryHeaders = headers.iter().map(|(name, value)| (*name, Some(*value))).collect();
    MessagePropagator::builder().repeats(repeats).build().extract(&Renaming(headers))
}

#[test]
fn the_last_valid_one_counts_or_none() {
    use Problem::{MalformedTraceparent as Malformed, RepeatedTraceparent as Repeated};
    // Each row: the headers; which one is read if the last wins, and if repeats are rejected; the problems; and the reason.
    for (headers, last, strict, problems, reason) in [
        (&[("traceparent", ONE)][..], ONE, ONE, &[][..], "one is no repeat"),
        (&[("traceparent", ONE), ("traceparent", ONE)], ONE, "", &[Repeated], "equal ones are several"),
        (&[("traceparent", OTHER), ("traceparent", ONE)], ONE, "", &[Repeated], "the last one"),
        (
            &[("traceparent", OTHER), ("traceparent", ONE), ("traceparent", BAD)],
            ONE,
            "",
            &[Malformed, Repeated],
            "the last one that is valid",
        ),
        (
            &[("traceparent", BAD), ("traceparent", ONE)],
            ONE,
            "",
            &[Malformed, Repeated],
            "a malformed one is one of several",
        ),
        (&[("traceparent", BAD)], "", "", &[Malformed], "a malformed one alone"),
        (&[("traceparent", ""), ("traceparent", ONE)], ONE, ONE, &[], "an empty one is none"),
        (
            &[("Traceparent", OTHER), ("TRACEPARENT", ONE)],
            ONE,
            "",
            &[Repeated],
            "other letter cases are several of one kind",
        ),
        (
            &[("mail-parent", OTHER), ("traceparent", ONE), ("mail-parent", OTHER)],
            ONE,
            ONE,
            &[],
            "another name beside it is none of several",
        ),
        (&[("mail-parent", OTHER), ("mail-parent", ONE)], ONE, "", &[Repeated], "the same other name, twice"),
        (
            &[("mail-parent", OTHER), ("mail-trace-parent", ONE)],
            ONE,
            ONE,
            &[],
            "two other names are not the same",
        ),
    ] {
        for (repeats, expected) in [(Repeats::LastWins, last), (Repeats::Reject, strict)] {
            let extracted = read(repeats, headers);
            assert_eq!(extracted.creation.to_string(), expected, "{repeats:?}: {reason}");
            assert_eq!(extracted.problems.iter().collect::<Vec<_>>(), problems, "{repeats:?}: {reason}");
        }
    }
}

#[test]
fn in_several_letter_cases_the_exact_one_counts_and_to_whoever_rejects_repeats_they_are_several() {
    use Problem::{MalformedTraceparent as Malformed, RepeatedTraceparent as Repeated};
    // Each row: the headers; which one is read if the last wins, the problems then, and if repeats are rejected.
    for (headers, last, problems, strict_problems, reason) in [
        (
            &[("Traceparent", OTHER), ("traceparent", ONE), ("TRACEPARENT", OTHER)][..],
            ONE,
            &[][..],
            &[Repeated][..],
            "of the right name there is one",
        ),
        (
            &[("Traceparent", OTHER), ("Traceparent", BAD), ("traceparent", ONE)],
            ONE,
            &[],
            &[Repeated],
            "what is wrong under a worse name is no problem, nor is how often it is there",
        ),
        (
            &[("Traceparent", ONE), ("traceparent", BAD)],
            "",
            &[Malformed],
            &[Malformed, Repeated],
            "a worse name does not stand in for a malformed better one",
        ),
        (
            &[("traceparent", BAD), ("Traceparent", ONE)],
            "",
            &[Malformed],
            &[Malformed, Repeated],
            "wherever it stands",
        ),
    ] {
        for (repeats, expected, problems) in
            [(Repeats::LastWins, last, problems), (Repeats::Reject, "", strict_problems)]
        {
            let extracted = read(repeats, headers);
            assert_eq!(extracted.creation.to_string(), expected, "{repeats:?}: {reason}");
            assert_eq!(extracted.problems.iter().collect::<Vec<_>>(), problems, "{repeats:?}: {reason}");
        }
    }
}

#[test]
fn the_last_one_wins_unless_said_otherwise() {
    let headers = MemoryHeaders::from_iter([("traceparent", Some(OTHER)), ("traceparent", Some(ONE))]);
    assert_eq!(Repeats::default(), Repeats::LastWins);
    assert_eq!(MessagePropagator::builder().build().extract(&headers).creation.to_string(), ONE);
}

#[test]
fn rejected_repeats_take_the_tracestate_with_them_and_leave_the_baggage() {
    let headers =
        [("traceparent", OTHER), ("tracestate", "vendor=1"), ("baggage", "a=1"), ("traceparent", ONE)];
    let extracted = read(Repeats::Reject, &headers);
    assert!(!extracted.creation.is_valid() && !extracted.creation.is_sampled());
    assert_eq!(extracted.creation.to_string(), ";baggage=a=1");
}

#[test]
fn a_better_name_takes_nothing_over_from_a_worse_one() {
    let sampled_and_state = [
        ("Traceparent", ONE),
        ("Tracestate", "vendor=1"),
        ("Baggage", "a=1"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-00"),
        ("tracestate", "vendor=2"),
        ("baggage", "a=2"),
        ("BAGGAGE", "a=3"),
        ("TraceState", "vendor=3"),
    ];
    assert_eq!(
        read(Repeats::LastWins, &sampled_and_state).creation.to_string(),
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-00;tracestate=vendor=2;baggage=a=2"
    );
}

#[test]
fn a_tracer_that_rejects_repeats_starts_a_trace_for_such_a_message() {
    let (spans, _post) = recorded();
    let propagator = MessagePropagator::builder().repeats(Repeats::Reject).build();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(crate::mail::letter([("traceparent", OTHER), ("traceparent", ONE)]));
    assert!(order.problems().contains(Problem::RepeatedTraceparent));
    order.process_blocking(|| ());
    spans.assert_tree("process orders  CONSUMER");
}
