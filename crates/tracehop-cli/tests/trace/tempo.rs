//! Journeys from Tempo.

use prost::Message as _;

use crate::recorded::{CHECKOUT, STOREFRONT, UNKNOWN, hex, run, traces};
use crate::server::{Request, Response, Server};

/// Tempo from version 2.7 on: protobuf if it is asked for, and a search for links.
fn tempo(request: &Request) -> Response {
    let traces = traces();
    if let Some(query) = request.path.strip_prefix("/api/search?") {
        assert!(query.contains("link%3AtraceID"), "{query}");
        let links = |it: &&(String, _)| links_of(it).iter().any(|linked| query.contains(linked.as_str()));
        let hits = traces.iter().filter(links).map(|(id, _)| format!(r#"{{"traceID":"{id}"}}"#));
        return Response::json(format!(r#"{{"traces":[{}]}}"#, hits.collect::<Vec<_>>().join(",")));
    }
    let hit = traces.iter().find(|(id, _)| request.path == format!("/api/v2/traces/{id}"));
    let Some((_, trace)) = hit else { return Response::text(404, "trace not found") };
    assert!(request.headers.contains(&"accept: application/protobuf".to_owned()));
    let trace = trace.encode_to_vec();
    let mut body = vec![0x0a];
    prost::encode_length_delimiter(trace.len(), &mut body).unwrap();
    body.extend(trace);
    Response { status: 200, headers: "content-type: application/protobuf\r\n".to_owned(), body }
}

fn links_of(
    (_, trace): &(String, opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest),
) -> Vec<String> {
    let spans = trace.resource_spans.iter().flat_map(|it| &it.scope_spans).flat_map(|it| &it.spans);
    let links = spans.flat_map(|span| &span.links);
    links.map(|link| hex(&link.trace_id)).collect()
}

/// An old Tempo: only the first API, in JSON, and no search for links.
fn old_tempo(request: &Request) -> Response {
    if request.path.starts_with("/api/search?") {
        return Response::text(400, "invalid TraceQL query: unknown identifier: link");
    }
    let traces = traces();
    let hit = traces.iter().find(|(id, _)| request.path == format!("/api/traces/{id}"));
    match hit {
        Some((_, trace)) => {
            let json = serde_json::to_string(&trace.resource_spans).unwrap();
            Response::json(format!(r#"{{"batches":{json}}}"#))
        }
        None => Response::text(404, "404 page not found"),
    }
}

#[test]
fn links_are_followed_both_ways() {
    let server = Server::new(tempo);
    let ran = run(&[STOREFRONT, "--from", &format!("tempo={}", server.url())]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("and 2 linked"), "{}", ran.out);
}

#[test]
fn an_old_tempo_says_which_direction_is_missing() {
    let server = Server::new(old_tempo);
    let ran = run(&[CHECKOUT, "--from", &format!("tempo={}", server.url())]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("and 1 linked"), "{}", ran.out);
    assert!(ran.err.starts_with("note: This Tempo cannot search for links: "), "{}", ran.err);
}

#[test]
fn a_trace_that_came_in_part_is_said() {
    let server = Server::new(|request| {
        if !request.path.starts_with("/api/v2/traces/") {
            return Response::json(r#"{"metrics":{}}"#);
        }
        let json = serde_json::to_string(&traces()[0].1).unwrap();
        Response::json(format!(r#"{{"trace":{json},"status":"PARTIAL"}}"#))
    });
    let ran = run(&[STOREFRONT, "--from", &format!("tempo={}", server.url())]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err, "note: 1 trace came in part only, because of limits of the source.\n");
}

#[test]
fn a_trace_that_is_not_there_is_said() {
    for answer in [tempo, old_tempo] {
        let server = Server::new(answer);
        let ran = run(&[UNKNOWN, "--from", &format!("tempo={}", server.url())]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert_eq!(ran.err, format!("tracehop: Tempo at {} has no trace {UNKNOWN}\n", server.url()));
    }
}
