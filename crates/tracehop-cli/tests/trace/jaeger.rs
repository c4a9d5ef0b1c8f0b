//! Journeys from Jaeger.

use crate::recorded::{ANSWERS, CHECKOUT, NOT_FOUND, SERVICES, STOREFRONT, UNKNOWN, V3_NOT_FOUND, run};
use crate::server::{Request, Response, Server};

/// Jaeger as it answered.
pub(crate) fn jaeger(request: &Request) -> Response {
    let path = request.path.as_str();
    if path == "/api/services" {
        return Response::json(SERVICES);
    }
    if let Some(query) = path.strip_prefix("/api/traces?") {
        let hit = ANSWERS.iter().find(|(service, ..)| query.contains(&format!("service={service}&")));
        return Response::json(hit.unwrap().1);
    }
    let is_v3 = path.starts_with("/api/v3/");
    let of_trace = ANSWERS.iter().find(|(_, v1, _)| {
        let id = v1.split('"').nth(5).unwrap();
        path.contains(id)
    });
    match (of_trace, is_v3) {
        (Some((_, _, v3)), true) => Response::text(200, *v3),
        (Some((_, v1, _)), false) => Response::json(*v1),
        (None, true) => Response::text(404, V3_NOT_FOUND),
        (None, false) => Response::text(404, NOT_FOUND),
    }
}

/// As Jaeger was before its third API: it answers unknown paths with its page.
fn old_jaeger(request: &Request) -> Response {
    if request.path.starts_with("/api/v3/") {
        return Response::text(200, "<!doctype html><html lang=\"en\"></html>");
    }
    jaeger(request)
}

#[test]
fn links_are_followed_both_ways() {
    for trace in [STOREFRONT, CHECKOUT] {
        let server = Server::new(jaeger);
        let ran = run(&[trace, "--from", &format!("jaeger={}", server.url())]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        assert!(ran.out.starts_with("POST /orders · "), "{}", ran.out);
        assert!(ran.out.contains("and 2 linked"), "{}", ran.out);
        for service in ["storefront", "checkout", "payments"] {
            assert!(ran.out.contains(service), "{}", ran.out);
        }
        assert!(ran.out.contains("storefront → checkout"), "{}", ran.out);
        assert!(server.paths().iter().all(|path| !path.starts_with("/api/traces/")), "{:?}", server.paths());
    }
}

#[test]
fn an_old_jaeger_is_asked_by_its_first_api() {
    let server = Server::new(old_jaeger);
    let ran = run(&[STOREFRONT, "--from", &format!("jaeger={}", server.url())]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("and 2 linked"), "{}", ran.out);
    let third = server.paths().iter().filter(|path| path.starts_with("/api/v3/")).count();
    assert_eq!(third, 1, "it is not asked again for what it does not have");
}

#[test]
fn jaeger_may_stand_below_a_path() {
    let server = Server::new(|request| match request.path.strip_prefix("/jaeger/ui") {
        Some(path) => jaeger(&Request { path: path.to_owned(), ..request.clone() }),
        None => Response::text(404, "no"),
    });
    let ran = run(&[STOREFRONT, "--from", &format!("jaeger={}/jaeger/ui/", server.url())]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_trace_that_is_not_there_is_said() {
    for answer in [jaeger, old_jaeger] {
        let server = Server::new(answer);
        let ran = run(&[UNKNOWN, "--from", &format!("jaeger={}", server.url())]);
        let expected = format!("tracehop: Jaeger at {} has no trace {UNKNOWN}\n", server.url());
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (1, "", expected.as_str()));
    }
}

#[test]
fn a_search_that_fails_is_a_note() {
    let server = Server::new(|request| match request.path.as_str() {
        "/api/services" => Response::text(500, "the storage is full"),
        _ => jaeger(request),
    });
    let ran = run(&[STOREFRONT, "--from", &format!("jaeger={}", server.url())]);
    assert_eq!(ran.code, 0);
    let expected = format!(
        "note: Traces that link to this one were not searched: Jaeger at {} answers with status 500. Is its query port 16686?\n",
        server.url()
    );
    assert_eq!(ran.err, expected);
}

#[test]
fn each_request_carries_the_headers() {
    let server = Server::new(jaeger);
    let from = format!("jaeger={}", server.url());
    run(&[
        STOREFRONT,
        "--from",
        &from,
        "--header",
        "Authorization: Bearer secret",
        "--header",
        "X-Scope-OrgID: shop",
    ]);
    let requests = server.requests();
    assert!(requests.len() >= 5, "{requests:?}");
    for request in requests {
        for header in ["authorization: bearer secret", "x-scope-orgid: shop"] {
            assert!(request.headers.iter().any(|it| it == header), "{request:?}");
        }
    }
}
