//! Servers that do not answer as they should.

use std::io::Write as _;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::TraceId;
use tracehop_cli::sources::{Opened, Source};

use crate::recorded::{Ran, STOREFRONT, run};
use crate::server::{Response, Server};

const KINDS: [(&str, &str, &str); 3] = [
    ("jaeger", "Jaeger", "Is its query port 16686?"),
    ("tempo", "Tempo", "Is its HTTP port 3200?"),
    ("view", "tracehop view", "Is `tracehop view` running, and is this the address of its page?"),
];

fn run_on(kind: &str, url: &str) -> Ran {
    run(&[STOREFRONT, "--from", &format!("{kind}={url}")])
}

#[test]
fn a_port_where_nothing_listens_is_said() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for (kind, name, hint) in KINDS {
        let ran = run_on(kind, &url);
        let expected = format!("tracehop: {name} at {url} cannot be reached: connection refused. {hint}\n");
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (2, "", expected.as_str()));
    }
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    for (kind, name, hint) in KINDS {
        let source: Source = format!("{kind}={url}").parse().unwrap();
        let opened = Opened::new(source, Vec::new()).time_limit(Duration::from_millis(50));
        let error = opened.journey(TraceId::from_bytes([1; 16])).unwrap_err().to_string();
        assert_eq!(error, format!("{name} at {url} was reached, but it gave no answer within 50ms. {hint}"));
    }
}

#[test]
fn what_does_not_speak_http_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"SSH-2.0-OpenSSH_9.6\r\n");
        }
    });
    for (kind, ..) in KINDS {
        let ran = run_on(kind, &url);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("was reached, but it does not speak HTTP. "), "{}", ran.err);
    }
}

#[test]
fn something_else_that_listens_there_is_said() {
    for (kind, name, hint) in KINDS {
        let check = |response: Response, code: u8, expected: &str| {
            let server = Server::new(move |_| response.clone());
            let ran = run_on(kind, &server.url());
            assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{}", ran.err);
            let expected = expected.replace("NAME", name).replace("HINT", hint).replace("URL", &server.url());
            assert!(ran.err.contains(&expected), "{}, not {expected}", ran.err);
        };
        check(Response::text(200, "<html>welcome</html>"), 2, "NAME at URL: the answer is not");
        check(Response::text(503, "busy"), 2, "NAME at URL answers with status 503. HINT");
        check(
            Response::text(401, ""),
            2,
            if kind == "view" {
                "answers with status 401. It wants a token: give --token"
            } else {
                "answers with status 401. It wants to know who asks: give --header"
            },
        );
        check(Response::text(429, ""), 2, "answers with status 429. It is asked too often");
        let moved = Response { status: 302, headers: "location: /login\r\n".to_owned(), body: Vec::new() };
        check(moved, 2, "answers with status 302. It sends to /login on the same server: its address may");
        let moved = Response {
            status: 302,
            headers: "location: https://sso.example.com/\r\n".to_owned(),
            body: Vec::new(),
        };
        check(
            moved,
            2,
            "answers with status 302. It sends to https://sso.example.com/: give that address instead.",
        );
    }
}

#[test]
fn an_endless_answer_is_cut() {
    let server = Server::new(|_| Response::json(vec![b' '; (64 << 20) + 1]));
    let ran = run_on("jaeger", &server.url());
    assert_eq!(ran.code, 2);
    let expected =
        format!("tracehop: Jaeger at {} was reached, but its answer is longer than 64 MiB\n", server.url());
    assert_eq!(ran.err, expected);
}
