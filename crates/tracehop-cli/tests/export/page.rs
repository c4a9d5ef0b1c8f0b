//! The page of an export.

use tracehop_journey::JourneySpan;
use tracehop_journey::otlp::{spans_of, traces_from_json};

use crate::commands::{Ran, export};
use crate::journey_file::{TRACE, folder, folder_with, from, request};

fn page(name: &str) -> String {
    let (_folder, sent) = folder_with(&request(name));
    let Ran { code, out, err } = export(&[TRACE, "--from", &from(&sent)]);
    assert_eq!((code, err.as_str()), (0, ""));
    out
}

#[test]
fn it_shows_the_journey_without_anything_else() {
    let (_folder, sent) = folder();
    let page = export(&[TRACE, "--from", &from(&sent)]).out;
    for part in [
        "place order",
        "send orders",
        "in queue ",
        "process orders",
        "checkout",
        "billing",
        "✗ declined",
        "40.0 ms",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("Content-Security-Policy"));
    for fetched in ["http://", "https://", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    assert_eq!(page.matches("<script").count(), 1, "the spans, which are no program");
    assert!(page.contains("<script type=\"application/json\" id=\"otlp\">{"));
    assert!(page.contains("@media print"));
}

#[test]
fn who_recorded_a_span_is_in_both_forms() {
    let mut request = request("place order");
    let attributes = r#"[{"key":"team","value":{"stringValue":"<logistics>"}}]"#;
    request["resourceSpans"][0]["scopeSpans"][0]["scope"] = serde_json::from_str(&format!(
        r#"{{"name":"orders-lib","version":"2.1","attributes":{attributes},"droppedAttributesCount":3}}"#
    ))
    .unwrap();
    let (_folder, sent) = folder_with(&request);
    let page = export(&[TRACE, "--from", &from(&sent)]).out;
    let (shown, json) = page.split_once("id=\"otlp\">").unwrap();
    assert!(shown.contains("recorded by orders-lib 2.1") && shown.contains("&lt;logistics&gt;"));
    let json = json.split_once("</script>").unwrap().0;
    let spans = spans_of(traces_from_json(json.as_bytes()).unwrap()).spans;
    let source = spans.iter().map(JourneySpan::source).find(|it| it.scope_name() == "orders-lib").unwrap();
    assert_eq!(source.scope_attributes()[0].value.to_text(), "<logistics>");
    assert_eq!(source.scope_lost(), 3);
}

#[test]
fn hostile_names_are_text() {
    let hostile = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)> \u{202e}\u{200b}\u{feff}\u{2028}\u{7f}é\u{1b}[31m";
    let page = page(hostile);
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("<!--"));
    let (_, spans) = page.split_once("<script").unwrap();
    assert!(
        !page.contains(['\u{202e}', '\u{200b}', '\u{feff}', '\u{2028}', '\u{7f}', '\u{1b}']),
        "what turns text around, or steers a terminal, is not shown"
    );
    assert!(spans.contains("\\u003c/script>\\u003cscript>alert(1)"), "and yet it can be imported");
    let (_, json) = page.split_once("id=\"otlp\">").unwrap();
    let json = json.split_once("</script>").unwrap().0;
    let spans = spans_of(traces_from_json(json.as_bytes()).unwrap()).spans;
    assert!(spans.iter().any(|span| span.name() == hostile), "as it was");
}

#[test]
fn a_long_journey_is_shown_in_part_and_kept_whole() {
    let mut request = request("place order");
    let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().unwrap();
    let template = spans[0].clone();
    spans.extend((0..3_000).map(|place| {
        let mut span = template.clone();
        span["spanId"] = format!("{:016x}", place + 1).into();
        span["parentSpanId"] = "00f067aa0ba90201".into();
        span
    }));
    let (_folder, sent) = folder_with(&request);
    let page = export(&[TRACE, "--from", &from(&sent)]).out;
    let (shown, spans) = page.split_once("<script").unwrap();
    assert!(shown.contains("… 2004 more rows"), "3,003 spans and a wait");
    assert!(shown.contains("… 2503 more spans"));
    assert_eq!(spans.matches("\"spanId\"").count(), 3_004, "one of them is in a link");
}
