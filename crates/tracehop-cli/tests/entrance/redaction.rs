//! What nobody shall see reaches neither memory nor disk.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tracehop_cli::entrance::EntranceConfig;
use tracehop_journey::{Attribute, JourneySpan, Value};

use crate::grpc_call::{self, call, frame};
use crate::http_call::{JSON, PROTOBUF, post};
use crate::recorder::Mode;
use crate::requests::{log, logs, span, text, traces};
use crate::server::{Server, config, redaction};

const SECRET: &str = "a@b.example";

#[tokio::test]
async fn a_secret_is_gone_from_spans_and_from_what_is_kept_on_disk() {
    let rules = redaction(&["drop:user.email", "hash:user.id", "mask:db.*"]);
    let server = Server::of(EntranceConfig { redaction: rules, ..config() }, Mode::Takes).await;
    let attributes = vec![
        text("user.email", SECRET),
        text("user.id", "42"),
        text("db.query.text", SECRET),
        text("messaging.kafka.message.key", SECRET),
        text("messaging.kafka.offset", "7"),
    ];
    let request = traces(vec![Span { attributes: attributes.clone(), ..span(0) }]);
    let body = request.encode_to_vec();
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], &body).await.status, 200);
    let json = serde_json::to_vec(&request).unwrap();
    assert_eq!(post(server.http, "/v1/traces", &[JSON], &json).await.status, 200);
    call(server.grpc, grpc_call::TRACES, &[], frame(false, &body)).await.unwrap();
    let mut record = log(0);
    record.attributes = attributes;
    let body = logs(vec![record]).encode_to_vec();
    assert_eq!(post(server.http, "/v1/logs", &[PROTOBUF], &body).await.status, 200);

    let recorder = server.stop().await;
    recorder.look(|got| {
        assert_eq!((got.spans.len(), got.logs.len(), got.raw.len()), (3, 1, 4));
        let expected =
            [("user.id", "8d24a2a526d5f556"), ("db.query.text", "***"), ("messaging.kafka.offset", "7")];
        let lists =
            got.spans.iter().map(JourneySpan::attributes).chain(got.logs.iter().map(|log| &*log.attributes));
        for attributes in lists {
            let found: Vec<_> = attributes.iter().map(|it| (&*it.key, it.value.to_text())).collect();
            let found: Vec<_> = found.iter().map(|(key, value)| (*key, &**value)).collect();
            assert_eq!(found, expected);
        }
        for raw in &got.raw {
            assert!(!String::from_utf8_lossy(raw).contains(SECRET));
        }
        let kept = ExportTraceServiceRequest::decode(&*got.raw[0]).unwrap();
        assert_eq!(kept.resource_spans[0].scope_spans[0].spans[0].attributes.len(), 3);
    });
}

#[tokio::test]
async fn what_scopes_say_is_redacted_too() {
    let rules = redaction(&["drop:user.email", "mask:db.*"]);
    let server = Server::of(EntranceConfig { redaction: rules, ..config() }, Mode::Takes).await;
    let attributes = ["user.email", "db.query.text"].map(|key| text(key, SECRET)).into();
    let scope = InstrumentationScope { attributes, ..InstrumentationScope::default() };
    let mut request = traces(vec![span(0)]);
    request.resource_spans[0].scope_spans[0].scope = Some(scope);
    let body = request.encode_to_vec();
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], &body).await.status, 200);
    let json = serde_json::to_vec(&request).unwrap();
    assert_eq!(post(server.http, "/v1/traces", &[JSON], &json).await.status, 200);

    let recorder = server.stop().await;
    recorder.look(|got| {
        assert_eq!((got.spans.len(), got.raw.len()), (2, 2));
        let expected = [Attribute::new("db.query.text", Value::text("***"))];
        assert!(got.spans.iter().all(|span| span.source().scope_attributes() == expected));
        assert!(got.raw.iter().all(|raw| !String::from_utf8_lossy(raw).contains(SECRET)));
    });
}
