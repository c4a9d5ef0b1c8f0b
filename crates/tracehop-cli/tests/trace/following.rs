//! Hostile links.

use crate::recorded::run;
use crate::server::{Response, Server};

/// Each trace has a span that links to these ones.
fn linking(next: impl Fn(u128) -> Vec<u128> + Send + 'static) -> Server {
    Server::new(move |request| {
        let id = request.path.split(['/', '?']).nth(4).and_then(|id| u128::from_str_radix(id, 16).ok());
        let Some(id) = id.filter(|_| request.path.starts_with("/api/v3/traces/")) else {
            return Response::json(r#"{"data":[],"errors":null}"#);
        };
        let links = next(id)
            .into_iter()
            .map(|to| format!(r#"{{"traceId":"{to:032x}","spanId":"0000000000000001"}}"#));
        let links = links.collect::<Vec<_>>().join(",");
        let span = format!(
            r#"{{"traceId":"{id:032x}","spanId":"0000000000000001","name":"process x","kind":5,"links":[{links}]}}"#
        );
        Response::json(format!(
            r#"{{"result":{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}}}"#
        ))
    })
}

fn traces_read(server: &Server) -> usize {
    server.paths().iter().filter(|path| path.starts_with("/api/v3/traces/")).count()
}

#[test]
fn a_circle_of_links_ends() {
    let server = linking(|id| vec![id % 3 + 1, id]);
    let ran = run(&["1", "--from", &format!("jaeger={}", server.url())]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(traces_read(&server), 3);
}

#[test]
fn an_endless_chain_is_followed_to_the_limit() {
    let server = linking(|id| vec![id + 1]);
    let ran = run(&["1", "--from", &format!("jaeger={}", server.url())]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err, "note: Only the first 64 linked traces were read; there are more.\n");
    assert_eq!(traces_read(&server), 64);
}

#[test]
fn a_fan_is_followed_to_the_limit() {
    let server = linking(|id| (0..100).map(|place| id * 1_000 + place).collect());
    let ran = run(&["1", "--from", &format!("jaeger={}", server.url())]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("Only the first 64 linked traces were read"), "{}", ran.err);
    assert_eq!(traces_read(&server), 64);
}

#[test]
fn the_other_messages_of_a_batch_are_not_followed() {
    let references = |traces: std::ops::Range<u32>, key: &str, template: &str| {
        let each =
            traces.map(|id| template.replace('@', &format!("{id:032x}"))).collect::<Vec<_>>().join(",");
        format!(r#""{key}":[{each}]"#)
    };
    let server = Server::new(move |request| {
        let path = request.path.as_str();
        let (id, more) = if path.contains("/00000000000000000000000000000001?") {
            (1, r#""name":"send x","kind":4"#.to_owned())
        } else if path.contains("/00000000000000000000000000000002?") {
            let links = references(1..50, "links", r#"{"traceId":"@","spanId":"0000000000000001"}"#);
            (2, format!(r#""name":"process batch","kind":5,{links}"#))
        } else if path == "/api/services" {
            return Response::json(r#"{"data":["audit"]}"#);
        } else {
            let links =
                references(1..50, "references", r#"{"refType":"FOLLOWS_FROM","traceID":"@","spanID":"1"}"#);
            return Response::json(format!(
                r#"{{"data":[{{"spans":[{{"traceID":"2","spanID":"1",{links}}}]}}]}}"#
            ));
        };
        let span = format!(r#"{{"traceId":"{id:032x}","spanId":"0000000000000001",{more}}}"#);
        Response::json(format!(
            r#"{{"result":{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}}}"#
        ))
    });
    let ran = run(&["1", "--from", &format!("jaeger={}", server.url())]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("process batch"), "{}", ran.out);
    assert_eq!(traces_read(&server), 2, "{:?}", server.paths());
}
