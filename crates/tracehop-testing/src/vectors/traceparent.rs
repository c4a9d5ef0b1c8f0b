//! Rows 1 to 9: one `traceparent`, or several.

use tracehop::Problem::{MalformedTraceparent, RepeatedTraceparent};

use super::vector::Vector;

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(super) fn vectors() -> Vec<Vector> {
    let new = Vector::new;
    vec![
        new(1, "v00_continues", "the plain case").traceparent("00-T-S-01").continues(1),
        // Version 00 is exactly 55 bytes.
        new(2, "v00_with_trailing_dash_restarts", "version 00 ends after the flags")
            .traceparent("00-T-S-01-")
            .restarts(),
        new(2, "v00_with_trailing_dot_restarts", "version 00 ends after the flags")
            .traceparent("00-T-S-01.")
            .restarts(),
        new(2, "v00_with_trailing_data_restarts", "version 00 ends after the flags")
            .traceparent("00-T-S-01-what-the-future-will-be-like")
            .restarts(),
        // Later versions are read as far as version 00 goes.
        new(3, "later_version_continues_as_v00", "what is not known is not passed on")
            .traceparent("cc-T-S-01")
            .continues(1),
        new(
            3,
            "later_version_with_trailing_data_continues_as_v00",
            "a dash starts what a later version adds",
        )
        .traceparent("cc-T-S-01-what-the-future-will-be-like")
        .continues(1),
        new(4, "later_version_with_trailing_dot_restarts", "only a dash may follow the flags")
            .traceparent("cc-T-S-01.")
            .restarts(),
        new(4, "later_version_with_dot_and_data_restarts", "only a dash may follow the flags")
            .traceparent("cc-T-S-01.what-the-future-will-be-like")
            .restarts(),
        // The version.
        new(5, "version_ff_restarts", "it is forbidden").traceparent("ff-T-S-01").restarts(),
        new(5, "version_with_leading_dot_restarts", "not hexadecimal").traceparent(".0-T-S-01").restarts(),
        new(5, "version_with_trailing_dot_restarts", "not hexadecimal").traceparent("0.-T-S-01").restarts(),
        new(5, "version_with_sign_restarts", "lenient parsers of numbers take a sign")
            .traceparent("+0-T-S-01")
            .restarts(),
        new(5, "version_in_capitals_restarts", "digits are lower-case").traceparent("CC-T-S-01").restarts(),
        new(5, "version_of_three_digits_restarts", "it has two").traceparent("000-T-S-01").restarts(),
        new(5, "version_of_four_digits_restarts", "it has two").traceparent("0000-T-S-01").restarts(),
        new(5, "version_of_one_digit_restarts", "it has two").traceparent("0-T-S-01").restarts(),
        // The ids.
        new(6, "zero_trace_id_restarts", "it is forbidden")
            .traceparent("00-00000000000000000000000000000000-S-01")
            .restarts(),
        new(6, "zero_span_id_restarts", "it is forbidden").traceparent("00-T-0000000000000000-01").restarts(),
        new(6, "trace_id_with_leading_dot_restarts", "not hexadecimal")
            .traceparent("00-.2345678901234567890123456789012-S-01")
            .restarts(),
        new(6, "trace_id_with_trailing_dot_restarts", "not hexadecimal")
            .traceparent("00-1234567890123456789012345678901.-S-01")
            .restarts(),
        new(6, "trace_id_with_capital_restarts", "digits are lower-case")
            .traceparent("00-1234567890123456789012345678901A-S-01")
            .restarts(),
        new(6, "trace_id_beyond_ascii_restarts", "two bytes that are one character")
            .traceparent("00-123456789012345678901234567890é-S-01")
            .restarts(),
        new(6, "trace_id_of_33_digits_restarts", "it has 32")
            .traceparent("00-123456789012345678901234567890123-S-01")
            .restarts(),
        new(6, "trace_id_of_31_digits_restarts", "padding would make another id of it")
            .traceparent("00-1234567890123456789012345678901-S-01")
            .restarts(),
        new(6, "span_id_with_leading_dot_restarts", "not hexadecimal")
            .traceparent("00-T-.234567890123456-01")
            .restarts(),
        new(6, "span_id_with_trailing_dot_restarts", "not hexadecimal")
            .traceparent("00-T-123456789012345.-01")
            .restarts(),
        new(6, "span_id_with_capital_restarts", "digits are lower-case")
            .traceparent("00-T-123456789012345A-01")
            .restarts(),
        new(6, "span_id_of_17_digits_restarts", "it has 16")
            .traceparent("00-T-12345678901234567-01")
            .restarts(),
        new(6, "span_id_of_15_digits_restarts", "padding would make another id of it")
            .traceparent("00-T-123456789012345-01")
            .restarts(),
        // The flags.
        new(6, "flags_with_leading_dot_restart", "not hexadecimal").traceparent("00-T-S-.0").restarts(),
        new(6, "flags_with_trailing_dot_restart", "not hexadecimal").traceparent("00-T-S-0.").restarts(),
        new(6, "flags_with_capital_restart", "digits are lower-case").traceparent("00-T-S-0A").restarts(),
        new(6, "flags_of_three_digits_restart", "there are two").traceparent("00-T-S-001").restarts(),
        new(6, "flags_of_one_digit_restart", "there are two").traceparent("00-T-S-1").restarts(),
        new(6, "missing_flags_restart", "version 00 has four fields").traceparent("00-T-S").restarts(),
        new(6, "underscores_for_dashes_restart", "fields are divided by dashes")
            .traceparent("00_T_S_01")
            .restarts(),
        // White space around the value.
        new(7, "leading_space_continues", "it is not part of the value")
            .traceparent(" 00-T-S-01")
            .continues(1),
        new(7, "leading_tab_continues", "it is not part of the value")
            .traceparent("\t00-T-S-01")
            .continues(1),
        new(7, "trailing_space_continues", "it is not part of the value")
            .traceparent("00-T-S-01 ")
            .continues(1),
        new(7, "trailing_tab_continues", "it is not part of the value")
            .traceparent("00-T-S-01\t")
            .continues(1),
        new(7, "white_space_on_both_sides_continues", "it is not part of the value")
            .traceparent("\t 00-T-S-01 \t")
            .continues(1),
        new(7, "white_space_inside_restarts", "it may only stand around")
            .traceparent("00 -T-S-01")
            .restarts(),
        // Several headers.
        new(8, "two_equal_traceparents_continue", "a client appended what was there")
            .traceparent("00-T-S-01")
            .traceparent("00-T-S-01")
            .continues(1)
            .reports(RepeatedTraceparent),
        new(8, "last_of_two_traceparents_wins", "a client appended, and the last hop stands last")
            .traceparent("00-T-S-01")
            .traceparent("00-T-O-01")
            .continues_the_other()
            .reports(RepeatedTraceparent),
        new(8, "last_valid_traceparent_wins", "one that means nothing does not replace one that does")
            .traceparent("00-T-O-01")
            .traceparent("00-T-S-01-")
            .continues_the_other()
            .reports(MalformedTraceparent)
            .reports(RepeatedTraceparent),
        new(8, "valid_traceparent_after_a_malformed_one_wins", "it is the last")
            .traceparent("garbage")
            .traceparent("00-T-O-01")
            .continues_the_other()
            .reports(MalformedTraceparent)
            .reports(RepeatedTraceparent),
        new(8, "two_malformed_traceparents_restart", "none is valid")
            .traceparent("garbage")
            .traceparent("00-T-S")
            .restarts()
            .reports(RepeatedTraceparent),
        new(8, "two_equal_traceparents_restart_if_repeats_are_rejected", "W3C asks it of HTTP")
            .traceparent("00-T-S-01")
            .traceparent("00-T-S-01")
            .rejecting_repeats()
            .reports(RepeatedTraceparent),
        new(8, "two_different_traceparents_restart_if_repeats_are_rejected", "W3C asks it of HTTP")
            .traceparent("00-T-S-01")
            .traceparent("00-T-O-01")
            .tracestate("foo=1")
            .rejecting_repeats()
            .reports(RepeatedTraceparent),
        // Flags.
        new(9, "unsampled_continues", "not recorded is not the same as not there")
            .traceparent("00-T-S-00")
            .continues(0),
        new(9, "random_flag_is_kept", "level 2 says it belongs to the trace")
            .traceparent("00-T-S-02")
            .continues(2),
        new(9, "random_and_sampled_flags_are_kept", "level 2 defines both")
            .traceparent("00-T-S-03")
            .continues(3),
        new(9, "unknown_flags_are_not_sent", "level 2 says to send them as zero")
            .traceparent("00-T-S-ff")
            .continues(3),
        new(9, "unknown_flags_do_not_mean_sampled", "only bit 0 does").traceparent("00-T-S-fc").continues(0),
    ]
}
