//! Journeys from a running view.

use crate::recorded::{SENT, STOREFRONT, UNKNOWN, run};
use crate::server::{Request, Response, Server};

fn view(request: &Request) -> Response {
    if request.path == format!("/api/v1/traces/{STOREFRONT}") {
        return Response::json(format!(
            r#"{{"journeys":["{STOREFRONT}-00f067aa0ba90201","{UNKNOWN}-0000000000000001"]}}"#
        ));
    }
    if request.path == format!("/api/v1/journeys/{STOREFRONT}-00f067aa0ba90201/otlp") {
        return Response::json(SENT);
    }
    Response::text(404, "no such journey is kept")
}

#[test]
fn whole_journeys_are_read() {
    let server = Server::new(view);
    let ran = run(&[STOREFRONT, "--from", &format!("view={}", server.url())]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("and 2 linked"), "{}", ran.out);
}

#[test]
fn the_token_is_for_the_view_only() {
    for (kind, expected) in [("view", 1), ("jaeger", 0), ("tempo", 0)] {
        let server = Server::new(|_| Response::text(404, ""));
        run(&[STOREFRONT, "--from", &format!("{kind}={}", server.url()), "--token", "s3cret"]);
        let requests = server.requests();
        let with_token = requests.iter().filter(|it| it.headers.iter().any(|line| line.contains("s3cret")));
        assert_eq!(with_token.count(), expected, "{kind}: {requests:?}");
    }
}

#[test]
fn a_view_that_wants_a_token_says_how_to_give_it() {
    let server = Server::new(|_| Response::text(401, ""));
    let ran = run(&[STOREFRONT, "--from", &format!("view={}", server.url())]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("give --token TOKEN, or set TRACEHOP_TOKEN"), "{}", ran.err);
    assert!(!ran.err.contains("--header"), "{}", ran.err);
    let ran = run(&[STOREFRONT, "--from", &format!("view={}", server.url()), "--token", "old"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("does not accept this token"), "{}", ran.err);
}
