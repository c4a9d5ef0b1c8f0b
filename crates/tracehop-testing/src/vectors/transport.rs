//! Rows 24 and 25: nulls, the binary form, and names in other spellings.

use tracehop::Problem::MalformedTraceparent;

use super::binary::binary;
use super::ids::{SPAN_ID, TRACE_ID};
use super::vector::Vector;

/// What Elastic's Kafka agents call `traceparent`.
const ELASTIC: &str = "elasticapmtraceparent";

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(super) fn vectors() -> Vec<Vector> {
    let new = Vector::new;
    let text = format!("00-{TRACE_ID}-{SPAN_ID}-01");
    let cut = &binary(1)[..28];
    let long = [binary(1), vec![0]].concat();
    let zero_span = [&binary(1)[..19], &[0; 8], &[2, 1]].concat();
    let wrong_field = [&binary(1)[..18], &[7], &binary(1)[19..]].concat();
    vec![
        new(24, "null_traceparent_is_none", "a null value is not a value").null("traceparent"),
        new(24, "empty_traceparent_is_none", "some clients write a null so").header("traceparent", ""),
        new(24, "null_traceparent_does_not_count_as_a_repeat", "a null value is not a value")
            .null("traceparent")
            .traceparent("00-T-S-01")
            .null("traceparent")
            .continues(1),
        new(24, "empty_traceparent_does_not_count_as_a_repeat", "some clients write a null so")
            .traceparent("00-T-S-01")
            .header("traceparent", "")
            .continues(1),
        new(24, "null_tracestate_and_baggage_are_none", "a null value is not a value")
            .continued()
            .null("tracestate")
            .null("baggage"),
        new(24, "binary_traceparent_continues", "older Kafka agents write the 29 bytes of a W3C draft")
            .header("traceparent", binary(1))
            .continues(1),
        new(24, "unsampled_binary_traceparent_continues", "the same rules as for text")
            .header("traceparent", binary(0))
            .continues(0),
        new(24, "unknown_flags_of_a_binary_traceparent_are_not_sent", "the same rules as for text")
            .header("traceparent", binary(0xff))
            .continues(3),
        new(24, "binary_traceparent_with_tracestate_continues", "tracestate is text in either case")
            .header("traceparent", binary(1))
            .continues(1)
            .tracestate("foo=1")
            .keeps("foo=1"),
        new(24, "binary_traceparent_of_28_bytes_restarts", "it has 29").header("traceparent", cut).restarts(),
        new(24, "binary_traceparent_of_30_bytes_restarts", "it has 29")
            .header("traceparent", long)
            .restarts(),
        new(24, "binary_traceparent_with_zero_span_id_restarts", "the same rules as for text")
            .header("traceparent", zero_span)
            .restarts(),
        new(24, "binary_traceparent_with_wrong_field_restarts", "fields are numbered")
            .header("traceparent", wrong_field)
            .restarts(),
        new(24, "binary_elasticapmtraceparent_continues", "Elastic's agents wrote nothing else before 2023")
            .header(ELASTIC, binary(1))
            .under_alias(ELASTIC)
            .continues(1),
        new(24, "text_elasticapmtraceparent_continues", "some of Elastic's agents wrote it by mistake")
            .header(ELASTIC, &text)
            .under_alias(ELASTIC)
            .continues(1),
        new(24, "malformed_elasticapmtraceparent_restarts", "the same rules as for traceparent")
            .header(ELASTIC, "garbage")
            .under_alias(ELASTIC)
            .restarts(),
        new(24, "traceparent_wins_over_elasticapmtraceparent", "agents write both; it is the standard")
            .header(ELASTIC, &text)
            .traceparent("00-T-O-01")
            .continues_the_other(),
        new(
            24,
            "malformed_traceparent_is_not_mended_by_an_alias",
            "a message that says two things says none",
        )
        .header(ELASTIC, &text)
        .header("traceparent", "garbage")
        .reports(MalformedTraceparent),
        new(25, "capitalised_traceparent_continues", "Go clients write it so")
            .header("Traceparent", &text)
            .continues(1),
        new(25, "traceparent_in_capitals_continues", "names have no letter case")
            .header("TRACEPARENT", &text)
            .continues(1),
        new(25, "all_three_headers_may_be_capitalised", "clients that capitalise capitalise all")
            .header("Traceparent", &text)
            .header("Tracestate", "foo=1")
            .header("Baggage", "a=1")
            .continues(1)
            .keeps("foo=1")
            .carries(&[("a", "1")], "a=1"),
        new(25, "capitalised_baggage_needs_no_traceparent", "it may travel alone")
            .header("BAGGAGE", "a=1")
            .carries(&[("a", "1")], "a=1"),
        new(
            25,
            "exact_traceparent_wins_over_a_capitalised_one",
            "tracehop wrote it, somebody else the other",
        )
        .header("Traceparent", &text)
        .traceparent("00-T-O-01")
        .header("TRACEPARENT", &text)
        .continues_the_other(),
        new(25, "malformed_capitalised_traceparent_restarts", "the same rules as in lower case")
            .header("Traceparent", "garbage")
            .restarts(),
        new(25, "longer_names_are_not_context_headers", "a prefix is not a match")
            .header("traceparent2", &text)
            .header("x-traceparent", &text)
            .header("baggage-id", "a=1"),
    ]
}
