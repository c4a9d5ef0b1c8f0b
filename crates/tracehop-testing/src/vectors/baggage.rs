//! Rows 18 to 23: `baggage`, in one header or several.

use super::vector::{Vector, list};

/// The most bytes that must be propagated.
const MAX_BYTES: usize = 8192;

pub(super) fn vectors() -> Vec<Vector> {
    let new = Vector::new;
    let of_length = |key: &str, value: usize| format!("{key}={}", "x".repeat(value));
    let third = "x".repeat(4000);
    vec![
        new(18, "baggage_needs_no_traceparent", "it may travel alone")
            .baggage("a=1")
            .carries(&[("a", "1")], "a=1"),
        new(18, "baggage_travels_beside_a_trace", "the two are independent")
            .continued()
            .baggage("a=1,b=2")
            .carries(&[("a", "1"), ("b", "2")], "a=1,b=2"),
        new(18, "baggage_survives_a_malformed_traceparent", "the two are independent")
            .traceparent("garbage")
            .restarts()
            .baggage("a=1")
            .carries(&[("a", "1")], "a=1"),
        new(18, "baggage_value_with_equals_signs_is_kept", "only the first one ends the key")
            .baggage("a=b=c")
            .carries(&[("a", "b=c")], "a=b=c"),
        new(18, "white_space_around_the_parts_of_baggage_is_cut", "it is not part of them")
            .baggage(" a = 1 \t,\tb=2 ")
            .carries(&[("a", "1"), ("b", "2")], "a=1,b=2"),
        new(18, "empty_baggage_value_is_kept", "a value may be empty")
            .baggage("a=,b=2")
            .carries(&[("a", ""), ("b", "2")], "a=,b=2"),
        new(18, "empty_baggage_is_not_sent_on", "there is nothing to send").continued().baggage(""),
        new(18, "empty_baggage_members_are_skipped", "lists may have empty members")
            .baggage("a=1,, ,b=2,")
            .carries(&[("a", "1"), ("b", "2")], "a=1,b=2"),
        new(18, "malformed_baggage_members_are_left_out", "the others are worth keeping")
            .baggage("a=1,bad,=2,c d=3,e=4")
            .carries(&[("a", "1"), ("e", "4")], "a=1,e=4")
            .drops_baggage(3),
        new(18, "baggage_member_that_is_not_utf8_is_left_out", "the others are worth keeping")
            .baggage(b"a=1,b=\xff,c=3")
            .carries(&[("a", "1"), ("c", "3")], "a=1,c=3")
            .drops_baggage(1),
        new(18, "baggage_member_with_a_line_break_is_left_out", "it could end the header elsewhere")
            .baggage("a=1,b=2\r\nx: y,c=3")
            .carries(&[("a", "1"), ("c", "3")], "a=1,c=3")
            .drops_baggage(1),
        new(19, "baggage_in_two_headers_combines", "fields of one name are one list")
            .baggage("a=1")
            .baggage("b=2,c=3")
            .carries(&[("a", "1"), ("b", "2"), ("c", "3")], "a=1,b=2,c=3"),
        new(19, "baggage_in_three_headers_combines", "fields of one name are one list")
            .baggage("a=1")
            .baggage("")
            .baggage("b=2")
            .carries(&[("a", "1"), ("b", "2")], "a=1,b=2"),
        new(20, "percent_encoded_baggage_is_decoded", "values are UTF-8, percent-encoded")
            .baggage("a=%E4%BD%A0")
            .carries(&[("a", "你")], "a=%E4%BD%A0"),
        new(20, "percent_encoding_in_lower_case_is_decoded", "either case is allowed")
            .baggage("a=%e4%bd%a0")
            .carries(&[("a", "你")], "a=%E4%BD%A0"),
        new(20, "percent_encoding_that_is_not_utf8_is_replaced", "W3C Baggage says so")
            .baggage("a=%FF")
            .carries(&[("a", "\u{fffd}")], "a=%EF%BF%BD"),
        new(20, "encoded_percent_sign_is_sent_encoded", "else 100%41 would come out as 100A")
            .baggage("a=100%25,b=100%2541")
            .carries(&[("a", "100%"), ("b", "100%41")], "a=100%25,b=100%2541"),
        new(20, "stray_percent_sign_stands_for_itself", "it is no encoding without two digits")
            .baggage("a=100%,b=%zz")
            .carries(&[("a", "100%"), ("b", "%zz")], "a=100%25,b=%25zz"),
        new(20, "separators_are_sent_encoded", "they would end the member")
            .baggage("a=%2C%3B%20%22%5C")
            .carries(&[("a", ",; \"\\")], "a=%2C%3B%20%22%5C"),
        members(21, "baggage_of_64_members_is_kept", "the limit", 64, 64),
        members(22, "baggage_member_65_is_left_out", "beyond the limit", 65, 64).drops_baggage(1),
        new(21, "baggage_of_8192_bytes_is_kept", "the limit")
            .baggage(of_length("a", MAX_BYTES - 2))
            .carries(&[("a", &"x".repeat(MAX_BYTES - 2))], of_length("a", MAX_BYTES - 2)),
        new(22, "baggage_member_beyond_8192_bytes_is_left_out_whole", "never a part of one")
            .baggage(of_length("a", MAX_BYTES - 1))
            .baggage("b=2")
            .carries(&[("b", "2")], "b=2")
            .drops_baggage(1),
        new(22, "baggage_member_that_no_longer_fits_is_left_out_whole", "never a part of one")
            .baggage(format!("a={third},b={third},c={third},d=4"))
            .carries(&[("a", &third), ("b", &third), ("d", "4")], format!("a={third},b={third},d=4"))
            .drops_baggage(1),
        new(22, "the_limit_of_baggage_is_for_all_headers", "fields of one name are one list")
            .baggage(format!("a={third}"))
            .baggage(format!("b={third}"))
            .baggage(format!("c={third}"))
            .carries(&[("a", &third), ("b", &third)], format!("a={third},b={third}"))
            .drops_baggage(1),
        new(23, "baggage_properties_are_kept_verbatim", "nobody but their owner knows what they mean")
            .baggage("a=1;prop=x;flag,b=2")
            .carries(&[("a", "1"), ("b", "2")], "a=1;prop=x;flag,b=2"),
        new(23, "percent_signs_in_baggage_properties_are_kept", "properties are opaque")
            .baggage("a=1;prop=%41")
            .carries(&[("a", "1")], "a=1;prop=%41"),
    ]
}

fn members(row: u8, name: &'static str, reason: &'static str, sent: usize, kept: usize) -> Vector {
    let member = |i: usize| (format!("k{i:02}"), i.to_string());
    let header = |n| {
        list(n, |i| {
            let (key, value) = member(i);
            format!("{key}={value}")
        })
    };
    let mut vector = Vector::new(row, name, reason).baggage(header(sent));
    vector.expected.baggage = (0..kept).map(member).collect();
    vector.expected.baggage_sent = Some(header(kept));
    vector
}
