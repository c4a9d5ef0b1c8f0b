//! Many journeys in one trace.

use std::collections::HashSet;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::recorded::{Ran, UNKNOWN, run};
use crate::server::{Request, Response, Server};

const JOB: &str = "0af7651916cd43dd8448eb211c80319c";

/// A job that sends 40 messages: each of them is a journey.
fn job() -> Value {
    let span = |id: usize, parent: usize, name: &str, kind: u8, operation: &str| {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let parent = if parent == 0 { String::new() } else { format!("{parent:016x}") };
        let attributes = [
            text("messaging.operation.type", operation),
            text("messaging.system", "kafka"),
            text("messaging.destination.name", "orders"),
        ];
        let attributes = if operation.is_empty() { &[][..] } else { &attributes };
        let start = 1_785_283_200_000_000_000 + 1_000 * id;
        json!({
            "traceId": JOB, "spanId": format!("{id:016x}"), "parentSpanId": parent, "name": name, "kind": kind,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 500).to_string(), "attributes": attributes,
        })
    };
    let sends = (1..=40).map(|number| span(100 + number, 1, "send orders", 4, "send"));
    let handles = (1..=40).map(|number| span(200 + number, 100 + number, "process orders", 5, "process"));
    let spans: Vec<Value> =
        [span(1, 0, "nightly job", 1, "")].into_iter().chain(sends).chain(handles).collect();
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
}

fn on_job(arguments: &[&str]) -> Ran {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("job.json");
    std::fs::write(&path, job().to_string()).unwrap();
    run(&[arguments, &["--from", &format!("file={}", path.display())]].concat())
}

fn ids(out: &str) -> Vec<String> {
    let shown: Value = serde_json::from_str(out).unwrap();
    let journeys = shown["journeys"].as_array().unwrap().iter();
    journeys.map(|journey| journey["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_journey_of_a_trace_has_an_id_that_leads_to_it_alone() {
    let all = ids(&on_job(&[JOB, "--json", "--journeys", "100"]).out);
    let distinct: HashSet<&String> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (41, 41), "a journey for each message, and the job");
    for number in [1, 17, 40] {
        let id = format!("{JOB}-{:016x}", 100 + number);
        assert!(all.contains(&id), "{id}");
        let ran = on_job(&[&id, "--json"]);
        assert_eq!((ran.code, ran.err.as_str(), ids(&ran.out)), (0, "", vec![id.clone()]));
        assert!(ran.out.contains(&format!("{:016x}", 200 + number)), "its handler: {}", ran.out);
    }
}

#[test]
fn a_span_leads_to_the_journey_that_it_is_in() {
    let ran = on_job(&[&format!("{JOB}-{:016x}", 217), "--json"]);
    assert_eq!((ran.code, ids(&ran.out)), (0, vec![format!("{JOB}-{:016x}", 117)]), "{}", ran.err);
}

#[test]
fn a_journey_that_is_not_there_is_said() {
    for id in [format!("{JOB}-ffffffffffffffff"), format!("{UNKNOWN}-0000000000000001")] {
        let ran = on_job(&[&id]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    }
}

/// A view that keeps a hundred journeys of the trace, with ids of its own.
fn view(request: &Request) -> Response {
    let id = |number: usize| format!("{JOB}-{number:016x}");
    if request.path == format!("/api/v1/traces/{JOB}") {
        return Response::json(json!({"journeys": (1..=100).map(id).collect::<Vec<_>>()}).to_string());
    }
    let is_asked = |number: &usize| request.path == format!("/api/v1/journeys/{}/otlp", id(*number));
    match (1..=100).find(is_asked) {
        Some(_) => Response::json(job().to_string()),
        None => Response::text(404, "no such journey is kept"),
    }
}

#[test]
fn a_view_is_asked_for_a_journey_by_its_id() {
    let server = Server::new(view);
    let id = format!("{JOB}-{:016x}", 99);
    let ran = run(&[&id, "--json", "--from", &format!("view={}", server.url())]);
    assert_eq!((ran.code, ids(&ran.out)), (0, vec![id.clone()]), "{}", ran.err);
    assert_eq!(server.paths(), [format!("/api/v1/journeys/{id}/otlp")]);
}

#[test]
fn the_ids_of_a_view_are_kept() {
    let server = Server::new(view);
    let ran = run(&[JOB, "--json", "--from", &format!("view={}", server.url())]);
    let expected: Vec<String> = (1..=3).map(|number| format!("{JOB}-{number:016x}")).collect();
    assert_eq!((ran.code, ids(&ran.out)), (0, expected), "{}", ran.err);
    assert!(ran.out.contains("Only 64 of the 100 journeys of this trace were read"), "{}", ran.out);
}

#[test]
fn journeys_of_a_view_come_in_the_order_in_which_they_start() {
    let span = |trace: &str, id: usize, start: u64, kind: u8, operation: &str, links: &Value| {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        json!({
            "traceId": trace, "spanId": format!("{id:016x}"), "name": operation, "kind": kind,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": "1785283200000001000",
            "attributes": [
                text("messaging.operation.type", operation),
                text("messaging.system", "kafka"),
                text("messaging.destination.name", "orders"),
            ],
            "links": links,
        })
    };
    let at = |nanos: u64| 1_785_283_200_000_000_000 + nanos;
    let sends = [("1".repeat(32), 1, at(50)), ("2".repeat(32), 2, at(100))];
    let server = Server::new(move |request: &Request| {
        let ids = sends.each_ref().map(|(trace, id, _)| format!("{trace}-{id:016x}"));
        if request.path == format!("/api/v1/traces/{JOB}") {
            return Response::json(json!({"journeys": [&ids[1], &ids[0]]}).to_string());
        }
        let place = ids.iter().position(|id| request.path.contains(id.as_str())).unwrap();
        let (trace, id, start) = &sends[place];
        let mut spans = vec![span(trace, *id, *start, 4, "send", &json!([]))];
        if place == 1 {
            // It was asked for before either was sent.
            let link = json!([{"traceId": trace, "spanId": format!("{id:016x}")}]);
            spans.push(span(JOB, 3, at(1), 5, "receive", &link));
        }
        Response::json(json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string())
    });
    let ran = run(&[JOB, "--json", "--from", &format!("view={}", server.url())]);
    let expected = [("1".repeat(32), 1), ("2".repeat(32), 2)].map(|(trace, id)| format!("{trace}-{id:016x}"));
    assert_eq!((ran.code, ids(&ran.out)), (0, expected.to_vec()), "{}", ran.out);
}

#[test]
fn a_message_of_a_job_is_named_and_timed_as_itself() {
    let id = format!("{JOB}-{:016x}", 117);
    let server = Server::new(|_| {
        let mut one = job();
        let spans = one["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().unwrap();
        let own = [1, 117, 217].map(|id| Value::from(format!("{id:016x}")));
        spans.retain(|span| own.contains(&span["spanId"]));
        // A job takes long.
        spans[0]["endTimeUnixNano"] = "1785283300000000000".into();
        Response::json(one.to_string())
    });
    let from_view = run(&[&id, "--json", "--from", &format!("view={}", server.url())]);
    for ran in [from_view, on_job(&[&id, "--json"])] {
        let shown: Value = serde_json::from_str(&ran.out).unwrap();
        let journey = &shown["journeys"][0];
        assert_eq!(
            (journey["name"].as_str(), journey["duration_ns"].as_u64()),
            (Some("send orders"), Some(100_500))
        );
        assert_eq!(
            journey["rows"].as_array().unwrap().len(),
            4,
            "the job, the send, the wait and the handler"
        );
    }
}
