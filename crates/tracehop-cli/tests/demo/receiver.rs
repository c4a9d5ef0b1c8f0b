//! A server that takes OTLP over HTTP and keeps what it gets.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::spans::{Line, Span, lines, spans};

/// What was got so far.
#[derive(Default)]
pub(crate) struct Got {
    pub(crate) spans: Vec<Span>,
    pub(crate) requests: Vec<ExportTraceServiceRequest>,
    pub(crate) lines: Vec<Line>,
    pub(crate) authorizations: Vec<Option<String>>,
}

type Shared = Arc<watch::Sender<Got>>;

/// A server that takes OTLP over HTTP and keeps what it gets, as long as it lives.
pub(crate) struct Receiver {
    pub(crate) endpoint: String,
    got: Shared,
    server: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let got: Shared = Arc::default();
        let router = Router::new()
            .route("/v1/traces", post(take_traces))
            .route("/v1/logs", post(take_logs))
            .with_state(Arc::clone(&got));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, got, server }
    }

    /// Returns once this holds of what was got.
    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut(&Got) -> bool) {
        let mut got = self.got.subscribe();
        let waited = timeout(Duration::from_secs(60), got.wait_for(|got| holds(got))).await;
        assert!(waited.is_ok(), "{what} did not come");
    }

    /// All that was got.
    pub(crate) fn take(self) -> Got {
        self.got.send_replace(Got::default())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take_traces(State(got): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    got.send_modify(|got| {
        got.spans.extend(spans(request.clone()));
        got.requests.push(request);
        got.authorizations.push(authorization(&headers));
    });
    StatusCode::OK
}

async fn take_logs(State(got): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(request) = ExportLogsServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    got.send_modify(|got| {
        got.lines.extend(lines(request));
        got.authorizations.push(authorization(&headers));
    });
    StatusCode::OK
}

fn authorization(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(header::AUTHORIZATION)?.to_str().ok()?.to_owned())
}
