//! Who may send.

use prost::Message;
use tonic::Code;
use tracehop_cli::entrance::EntranceConfig;

use crate::grpc_call::{TRACES, call, frame};
use crate::http_call::{JSON, PROTOBUF, answer, open, post};
use crate::recorder::Mode;
use crate::requests::{span, traces};
use crate::server::{Server, config, with_token};

#[tokio::test]
async fn exporters_need_the_token_where_one_is_needed() {
    let server = Server::of(EntranceConfig { access: with_token(), ..config() }, Mode::Takes).await;
    let body = traces(vec![span(0)]).encode_to_vec();
    let check = async |authorization: Option<&str>, is_let_in: bool| {
        let token = authorization.map(|value| ("authorization", value));
        let headers: Vec<_> = [PROTOBUF].into_iter().chain(token).collect();
        let answer = post(server.http, "/v1/traces", &headers, &body).await;
        assert_eq!(answer.status, if is_let_in { 200 } else { 401 }, "{authorization:?}");
        assert_eq!(answer.header("www-authenticate").is_some(), !is_let_in);
        let headers: Vec<_> = token.into_iter().collect();
        let status = call(server.grpc, TRACES, &headers, frame(false, &body)).await;
        let code = status.err().map(|status| status.code());
        assert_eq!(code, (!is_let_in).then_some(Code::Unauthenticated), "{authorization:?}");
    };
    check(Some("Bearer correct-horse-battery"), true).await;
    check(Some("Bearer wrong-horse-battery"), false).await;
    check(Some("correct-horse-battery"), false).await;
    check(None, false).await;
    assert_eq!(server.counted().spans, 2);
}

#[tokio::test]
async fn pages_of_this_machine_may_send_and_no_others() {
    let server = Server::start().await;
    let body = serde_json::to_vec(&traces(vec![span(0)])).unwrap();
    let check = async |origin: &str, is_let_in: bool| {
        let headers = [("origin", origin), ("access-control-request-headers", "content-type,x-own")];
        let preflight = answer(open(server.http, "OPTIONS", "/v1/traces", &headers, 0).await).await;
        assert_eq!(preflight.status, 204);
        let asked = is_let_in.then_some("content-type,x-own");
        assert_eq!(preflight.header("access-control-allow-headers"), asked);
        let sent = post(server.http, "/v1/traces", &[JSON, ("origin", origin)], &body).await;
        assert_eq!(sent.status, if is_let_in { 200 } else { 403 }, "{origin}");
        for answer in [preflight, sent] {
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, is_let_in.then_some(origin), "{origin}");
            assert_eq!(answer.header("vary"), Some("origin"));
        }
    };
    check("http://localhost:5173", true).await;
    check("http://127.0.0.1", true).await;
    check("https://[::1]:8443", true).await;
    check("http://evil.example", false).await;
    check("http://localhost.evil.example", false).await;
    check("null", false).await;
    assert_eq!(server.counted().spans, 3);
}

#[tokio::test]
async fn a_browser_that_was_let_in_reads_refusals_too() {
    let server = Server::start().await;
    let headers = [JSON, ("origin", "http://localhost:5173")];
    let answer = post(server.http, "/v1/traces", &headers, b"nonsense").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://localhost:5173"));
}
