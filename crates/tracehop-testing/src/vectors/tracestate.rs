//! Rows 10 to 17: `tracestate`, in one header or several.

use super::vector::{Vector, list};

/// Every character a key may hold, a letter first.
const KEY_CHARACTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@";

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(super) fn vectors() -> Vec<Vector> {
    let new = |row, name, reason| Vector::new(row, name, reason).continued();
    let value_characters: String = (' '..='~').filter(|character| !matches!(character, ',' | '=')).collect();
    let value_characters = format!("foo={value_characters}");
    let of_length = |key: usize, value: usize| format!("{}={}", "k".repeat(key), "v".repeat(value));
    let numbered = |from: usize, to: usize| list(to - from, |i| format!("bar{0:02}={0}", from + i));
    vec![
        new(10, "tracestates_in_two_headers_combine", "fields of one name are one list")
            .tracestate("foo=1")
            .tracestate("bar=2")
            .keeps("foo=1,bar=2"),
        new(10, "tracestates_in_three_headers_combine_in_order", "the order says who wrote last")
            .tracestate("rojo=1,congo=2")
            .tracestate("foo=3")
            .tracestate("bar=4,baz=5")
            .keeps("rojo=1,congo=2,foo=3,bar=4,baz=5"),
        new(11, "empty_tracestate_before_another_is_skipped", "an empty field must be accepted")
            .tracestate("")
            .tracestate("foo=1")
            .keeps("foo=1"),
        new(11, "empty_tracestate_after_another_is_skipped", "an empty field must be accepted")
            .tracestate("foo=1")
            .tracestate("")
            .keeps("foo=1"),
        new(11, "empty_tracestate_is_not_sent_on", "an empty field should not be sent").tracestate(""),
        new(11, "tracestate_of_white_space_is_not_sent_on", "its members are empty").tracestate(" \t, ,"),
        new(11, "empty_members_are_skipped", "empty members must be accepted")
            .tracestate("foo=1,,bar=2, ,baz=3,")
            .keeps("foo=1,bar=2,baz=3"),
        new(12, "duplicate_keys_survive", "a reader need not check for them")
            .tracestate("foo=1,foo=2")
            .keeps("foo=1,foo=2"),
        new(12, "equal_members_survive", "a reader need not check for them")
            .tracestate("foo=1,foo=1")
            .keeps("foo=1,foo=1"),
        new(12, "duplicate_keys_in_two_headers_survive", "a reader need not check for them")
            .tracestate("foo=1")
            .tracestate("foo=2")
            .keeps("foo=1,foo=2"),
        new(13, "key_ending_in_at_is_kept", "level 2 allows @ but as the first character")
            .tracestate("foo@=1,bar=2")
            .keeps("foo@=1,bar=2"),
        new(13, "key_with_two_ats_is_kept", "level 2 allows @ but as the first character")
            .tracestate("foo@@bar=1,bar=2")
            .keeps("foo@@bar=1,bar=2"),
        new(13, "key_with_ats_apart_is_kept", "level 2 allows @ but as the first character")
            .tracestate("foo@bar@baz=1,bar=2")
            .keeps("foo@bar@baz=1,bar=2"),
        new(13, "key_with_a_long_vendor_is_kept", "level 1's limit of 14 is gone")
            .tracestate("t@vvvvvvvvvvvvvvv=1")
            .keeps("t@vvvvvvvvvvvvvvv=1"),
        new(13, "key_starting_with_at_drops_tracestate", "a key starts with a letter or a digit")
            .tracestate("@foo=1,bar=2")
            .drops_tracestate(),
        new(13, "key_starting_with_a_digit_is_kept", "level 2 allows it")
            .tracestate("0foo=1")
            .keeps("0foo=1"),
        new(13, "every_character_of_a_key_is_kept", "level 2 lists them")
            .tracestate(format!("{KEY_CHARACTERS}=1"))
            .keeps(format!("{KEY_CHARACTERS}=1")),
        new(13, "key_with_a_capital_drops_tracestate", "keys are lower-case")
            .tracestate("foo=1,BAR=2")
            .drops_tracestate(),
        new(13, "key_with_a_space_drops_tracestate", "white space stands around members only")
            .tracestate("foo =1")
            .drops_tracestate(),
        new(13, "key_with_a_dollar_drops_tracestate", "it is not in the list")
            .tracestate("foo$=1")
            .drops_tracestate(),
        new(13, "member_without_a_key_drops_tracestate", "a key has one character at least")
            .tracestate("=1,bar=2")
            .drops_tracestate(),
        new(13, "member_without_an_equals_sign_drops_tracestate", "one bad member spoils all")
            .tracestate("foo=1,bar")
            .drops_tracestate(),
        new(14, "tracestate_of_32_members_is_kept", "the limit")
            .tracestate(numbered(0, 32))
            .keeps(numbered(0, 32)),
        new(14, "tracestate_of_33_members_is_dropped", "beyond the limit")
            .tracestate(numbered(0, 33))
            .drops_tracestate(),
        new(14, "tracestate_of_32_members_in_two_headers_is_kept", "the limit is for all of them")
            .tracestate(numbered(0, 16))
            .tracestate(numbered(16, 32))
            .keeps(numbered(0, 32)),
        new(14, "tracestate_of_33_members_in_two_headers_is_dropped", "the limit is for all of them")
            .tracestate(numbered(0, 16))
            .tracestate(numbered(16, 33))
            .drops_tracestate(),
        new(15, "key_of_256_characters_is_kept", "the limit")
            .tracestate(of_length(256, 1))
            .keeps(of_length(256, 1)),
        new(15, "key_of_257_characters_drops_tracestate", "beyond the limit")
            .tracestate(of_length(257, 1))
            .drops_tracestate(),
        new(15, "value_of_256_characters_is_kept", "the limit")
            .tracestate(of_length(1, 256))
            .keeps(of_length(1, 256)),
        new(15, "value_of_257_characters_drops_tracestate", "beyond the limit")
            .tracestate(of_length(1, 257))
            .drops_tracestate(),
        new(15, "empty_value_drops_tracestate", "a value has one character at least")
            .tracestate("foo=,bar=3")
            .drops_tracestate(),
        new(16, "every_character_of_a_value_is_kept", "printable ASCII but comma and equals sign")
            .tracestate(&value_characters)
            .keeps(&value_characters),
        new(16, "value_with_an_equals_sign_drops_tracestate", "it is not allowed in values")
            .tracestate("foo=bar=baz")
            .drops_tracestate(),
        new(16, "value_starting_with_an_equals_sign_drops_tracestate", "lenient readers cut it off")
            .tracestate("foo==bar")
            .drops_tracestate(),
        new(16, "comma_ends_a_value", "it divides members").tracestate("foo=a,bar=b").keeps("foo=a,bar=b"),
        new(16, "comma_in_a_value_drops_tracestate", "what follows is a member without a key")
            .tracestate("foo=a,b")
            .drops_tracestate(),
        new(16, "value_with_a_control_character_drops_tracestate", "values are printable")
            .tracestate("foo=a\u{1}b")
            .drops_tracestate(),
        new(16, "value_with_a_tab_inside_drops_tracestate", "values are printable")
            .tracestate("foo=a\tb")
            .drops_tracestate(),
        new(16, "value_beyond_ascii_drops_tracestate", "values are ASCII")
            .tracestate("foo=é")
            .drops_tracestate(),
        new(16, "value_that_is_not_utf8_drops_tracestate", "values are ASCII")
            .tracestate(b"foo=\xff")
            .drops_tracestate(),
        new(16, "white_space_around_members_is_cut", "it is not part of them")
            .tracestate(" foo=1 \t,\tbar=2 , baz=3 ")
            .keeps("foo=1,bar=2,baz=3"),
        new(16, "space_at_the_start_of_a_value_is_kept", "only its end may not be one")
            .tracestate("foo= 1")
            .keeps("foo= 1"),
        Vector::new(17, "tracestate_of_a_malformed_traceparent_is_ignored", "it must not even be parsed")
            .traceparent("00-T-S-01-")
            .tracestate("foo=1")
            .restarts(),
        Vector::new(
            17,
            "malformed_tracestate_of_a_malformed_traceparent_is_ignored",
            "it must not even be parsed",
        )
        .traceparent("00-T-S-01-")
        .tracestate("foo")
        .restarts(),
        Vector::new(17, "tracestate_without_a_traceparent_is_ignored", "there is no trace it could be of")
            .tracestate("foo=1"),
    ]
}
