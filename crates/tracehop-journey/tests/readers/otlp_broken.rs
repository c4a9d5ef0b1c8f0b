//! OTLP in JSON with something broken in it, which costs no more than that.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use tracehop_journey::Lost;
use tracehop_journey::otlp::{logs_from_json, logs_of, spans_of, traces_from_json, traces_from_json_lines};

use crate::requests::{pair, request, span, string};

const IDS: &str = r#""traceId":"00000000000000000000000000000001","spanId":"0000000000000002""#;

/// A request with a good span, and one that has these fields beside its ids.
fn beside_a_good_one(fields: &[u8]) -> Vec<u8> {
    let good = serde_json::to_vec(&span(1)).unwrap();
    let before = br#"{"resourceSpans":[{"scopeSpans":[{"spans":["#.as_slice();
    [before, &good, b",{", IDS.as_bytes(), b",", fields, b"}]}]}]}"].concat()
}

/// The span that is read of these fields; the good one is read too.
fn read(fields: &[u8]) -> Span {
    let said = String::from_utf8_lossy(fields).into_owned();
    let request =
        traces_from_json(&beside_a_good_one(fields)).unwrap_or_else(|error| panic!("{said}: {error}"));
    let [good, broken] = &request.resource_spans[0].scope_spans[0].spans[..] else { panic!("{said}") };
    assert_eq!(*good, span(1), "{said}");
    let broken = broken.clone();
    let read = spans_of(request);
    assert_eq!((read.spans.len(), read.refused), (2, 0), "{said}");
    broken
}

fn with_ids(span: Span) -> Span {
    Span {
        trace_id: [[0; 15].as_slice(), &[1]].concat(),
        span_id: [[0; 7].as_slice(), &[2]].concat(),
        ..span
    }
}

#[test]
fn a_broken_text_becomes_replacement_characters() {
    let check = |text: &[u8], expected: &str| {
        let name = |name: &str| with_ids(Span { name: name.to_owned(), ..Span::default() });
        assert_eq!(read(&[br#""name":""#, text, b"\""].concat()), name(expected));
        let value = [br#""attributes":[{"key":"k","value":{"stringValue":""#, text, b"\"}}]"].concat();
        assert_eq!(read(&value).attributes, [pair("k", string(expected))]);
        let key = [br#""attributes":[{"key":""#, text, br#"","value":{"intValue":1}}]"#].concat();
        assert_eq!(read(&key).attributes, [pair(expected, Any::IntValue(1))]);
        let field = [b"\"", text, br#"":7,"name":"n""#].concat();
        assert_eq!(read(&field), name("n"));
        let unknown = [br#""unknown":[""#, text, br#""],"name":"n""#].concat();
        assert_eq!(read(&unknown), name("n"));
    };
    check(br"a\ud800", "a\u{fffd}");
    check(br"\ude00\ud83d!", "\u{fffd}\u{fffd}!");
    check(br"\x41\u12", "\u{fffd}x41\u{fffd}u12");
    check(b"a\xff\xc3b", "a\u{fffd}\u{fffd}b");
    check(b"two\nlines\t\x01", "two\nlines\t\u{fffd}");
}

#[test]
fn what_a_field_cannot_hold_is_left_out() {
    let check =
        |fields: &str, expected: Span| assert_eq!(read(fields.as_bytes()), with_ids(expected), "{fields}");
    let empty = [
        r#""startTimeUnixNano":-1,"endTimeUnixNano":1e300"#,
        r#""startTimeUnixNano":"soon","endTimeUnixNano":{"a":[1]}"#,
        r#""startTimeUnixNano":1e400,"endTimeUnixNano":18446744073709551616"#,
        r#""flags":4294967296,"droppedAttributesCount":-1,"droppedLinksCount":[]"#,
        r#""kind":[],"status":"fine","name":{}"#,
        r#""kind":{"a":1},"status":7,"name":null"#,
        r#""attributes":7,"events":{},"links":null"#,
        r#""attributes":[7,null,"a",[]],"events":[7],"links":[]"#,
        r#""parentSpanId":7,"traceState":[]"#,
    ];
    for fields in empty {
        check(fields, Span::default());
    }
    check(r#""name":7"#, Span { name: "7".to_owned(), ..Span::default() });
    check(
        r#""kind":2.0,"startTimeUnixNano":5.5"#,
        Span { kind: 2, start_time_unix_nano: 5, ..Span::default() },
    );
    check(r#""name":"a","name":"b""#, Span { name: "a".to_owned(), ..Span::default() });
}

#[test]
fn a_value_of_an_unknown_shape_leaves_its_attribute() {
    let check = |value: &str, expected: Option<Any>| {
        let span = read(format!(r#""attributes":[{{"key":"k","value":{value}}}]"#).as_bytes());
        assert_eq!(span.attributes[0].key, "k");
        assert_eq!(span.attributes[0].value.clone().and_then(|it| it.value), expected, "{value}");
    };
    for nothing in
        ["7", "[]", r#""text""#, r#"{"stringValue":{}}"#, r#"{"boolValue":2}"#, r#"{"arrayValue":7}"#]
    {
        check(nothing, None);
    }
    check(r#"{"intValue":"many"}"#, None);
    check(r#"{"intValue":9223372036854775808}"#, None);
    check(r#"{"intValue":1.5}"#, None);
    check(r#"{"intValue":"1.5"}"#, None);
    check(r#"{"bytesValue":"!!"}"#, None);
    check(r#"{"bytesValue":""}"#, Some(Any::BytesValue(Vec::new())));
    check(r#"{"kvlistValue":[]}"#, None);
    check(r#"{"doubleValue":1e400}"#, Some(Any::DoubleValue(f64::INFINITY)));
    check(r#"{"stringValue":7}"#, Some(string("7")));
    check(r#"{"stringValue":null,"boolValue":"true"}"#, Some(Any::BoolValue(true)));
}

#[test]
fn a_link_without_valid_ids_costs_the_link_and_is_counted() {
    let good = r#"{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"}"#;
    for bad in [r#"{"traceId":"01","spanId":"02"}"#, "{}", "7", "null", "[]", r#"{"traceId":{},"spanId":[]}"#]
    {
        let fields = format!(r#""links":[{bad},{good},{bad}],"droppedLinksCount":3"#);
        let spans = spans_of(traces_from_json(&beside_a_good_one(fields.as_bytes())).unwrap()).spans;
        assert_eq!(spans[1].links(), [(1.into(), 1.into())], "{bad}");
        assert_eq!(spans[1].lost(), Lost { links: 5, ..Lost::default() }, "{bad}");
    }
    for bad in ["7", r#""none""#, "{}", "true"] {
        let fields = format!(r#""links":{bad}"#);
        assert_eq!(read(fields.as_bytes()).dropped_links_count, 1, "{bad}");
    }
}

#[test]
fn what_should_be_spans_and_is_not_is_refused_and_counted() {
    let check = |json: &str, expected: (usize, u64)| {
        let read = spans_of(traces_from_json(json.as_bytes()).unwrap());
        assert_eq!((read.spans.len(), read.refused), expected, "{json}");
    };
    let good = format!("{{{IDS}}}");
    check(&format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[7,{good}]}}]}}]}}"#), (1, 1));
    check(
        &format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":"none"}},{{"spans":[{good}]}}]}}]}}"#),
        (1, 1),
    );
    check(
        &format!(r#"{{"resourceSpans":[{{"scopeSpans":7}},{{"scopeSpans":[{{"spans":[{good}]}}]}}]}}"#),
        (1, 1),
    );
    check(&format!(r#"{{"resourceSpans":[[],{{"scopeSpans":[{{"spans":[{good}]}}]}}]}}"#), (1, 1));
    // What takes two bytes in the text must not take hundreds in memory.
    check(&format!(r#"{{"resourceSpans":[{}7]}}"#, "7,".repeat(1_000_000)), (0, 1));
}

#[test]
fn both_names_of_a_list_are_read() {
    let scope = |name: &str| format!(r#"{{"{name}":{{"name":"s"}},"spans":[{{{IDS}}}]}}"#);
    let (old, new) = (scope("instrumentationLibrary"), scope("scope"));
    let json =
        format!(r#"{{"resourceSpans":[{{"instrumentationLibrarySpans":[{old}],"scopeSpans":[{new}]}}]}}"#);
    let request = traces_from_json(json.as_bytes()).unwrap();
    let scopes = request.resource_spans[0].scope_spans.iter();
    let names: Vec<_> = scopes.map(|it| (&*it.scope.as_ref().unwrap().name, it.spans.len())).collect();
    assert_eq!(names, [("s", 1), ("s", 1)]);
}

#[test]
fn lines_and_log_records_are_read_so_too() {
    let line = beside_a_good_one(br#""name":"\ud800""#);
    let request = traces_from_json_lines(&[&*line, b"\n", &line].concat()).unwrap();
    assert_eq!(spans_of(request).spans.len(), 4);
    let json = format!(
        r#"{{"resourceLogs":[7,{{"scopeLogs":[{{"logRecords":[7,{{{IDS},"timeUnixNano":[],"body":{{"stringValue":"\ud800"}}}},{{{IDS},"body":7}}]}}]}}]}}"#
    );
    let bodies: Vec<_> =
        logs_of(logs_from_json(json.as_bytes()).unwrap()).into_iter().map(|it| it.body).collect();
    assert_eq!(bodies.iter().map(|it| &**it).collect::<Vec<_>>(), ["\u{fffd}", ""]);
}

#[test]
fn what_is_no_json_is_refused_still() {
    let broken = beside_a_good_one(br#""name":"\ud800""#);
    for json in [&broken[..broken.len() - 1], &[&*broken, b"]"].concat(), br#"{"\ud800"}"#, b"{\xff}"] {
        let error = traces_from_json(json).unwrap_err().to_string();
        assert!(error.starts_with("the body is not OTLP in JSON: "), "{error}");
    }
}

/// What is in a string and should not be.
fn broken_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(br"\ud800".to_vec()),
        Just(br"\udfff".to_vec()),
        Just(br"\q".to_vec()),
        Just(br"\u00".to_vec()),
        (0x80_u8..).prop_map(|byte| vec![byte]),
        (..0x20_u8).prop_map(|byte| vec![byte]),
    ];
    ("[a-z]{0,3}", piece, "[g-z]{0,3}")
        .prop_map(|(before, piece, after)| [before.as_bytes(), &piece, after.as_bytes()].concat())
}

proptest! {
    #[test]
    fn one_broken_text_costs_no_other_span(
        count in 1..20_u8, at in any::<prop::sample::Index>(), text in broken_text(), where_to in 0..3_usize,
    ) {
        const MARK: &str = "broken here";
        let broken = at.index(count.into());
        let spans: Vec<Span> = (1..=count).map(span).collect();
        let mut marked = spans.clone();
        match where_to {
            0 => marked[broken].name = MARK.to_owned(),
            1 => marked[broken].attributes = vec![pair(MARK, string("v"))],
            _ => marked[broken].attributes = vec![pair("k", string(MARK))],
        }
        let json = serde_json::to_string(&request(marked)).unwrap();
        let (before, after) = json.split_once(MARK).unwrap();
        let read = traces_from_json(&[before.as_bytes(), &text, after.as_bytes()].concat()).unwrap();
        let read = &read.resource_spans[0].scope_spans[0].spans;
        prop_assert_eq!(read.len(), spans.len());
        for (place, (read, sent)) in read.iter().zip(&spans).enumerate() {
            if place == broken {
                prop_assert_eq!(&read.span_id, &sent.span_id);
            } else {
                prop_assert_eq!(read, sent);
            }
        }
    }
}
