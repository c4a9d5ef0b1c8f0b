//! A collector inside this process: it takes OTLP over HTTP, and keeps what arrives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, serve};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// It stops when this is dropped.
pub(crate) struct Collector {
    endpoint: String,
    store: Store,
    _server: JoinSet<std::io::Result<()>>,
}

/// What arrived.
#[derive(Clone, Default)]
pub(crate) struct Received {
    pub(crate) spans: Vec<Span>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) logs: Vec<LogRecord>,
}

#[derive(Clone, Default)]
struct Store(Arc<Mutex<Received>>);

impl Collector {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let store = Store::default();
        let router = Router::new()
            .route("/v1/traces", post(traces))
            .route("/v1/metrics", post(metrics))
            .route("/v1/logs", post(logs))
            .with_state(store.clone());
        let mut server = JoinSet::new();
        server.spawn(serve(listener, router).into_future());
        Ok(Self { endpoint, store, _server: server })
    }

    /// `http://HOST:PORT`
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn received(&self) -> Received {
        self.store.lock().clone()
    }
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode<T: Message + Default>(body: Bytes) -> Result<T, StatusCode> {
    T::decode(body).map_err(|_| StatusCode::BAD_REQUEST)
}

async fn traces(State(store): State<Store>, body: Bytes) -> Result<(), StatusCode> {
    let request: ExportTraceServiceRequest = decode(body)?;
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    store.lock().spans.extend(scopes.flat_map(|scope| scope.spans));
    Ok(())
}

async fn metrics(State(store): State<Store>, body: Bytes) -> Result<(), StatusCode> {
    let request: ExportMetricsServiceRequest = decode(body)?;
    let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    store.lock().metrics.extend(scopes.flat_map(|scope| scope.metrics));
    Ok(())
}

async fn logs(State(store): State<Store>, body: Bytes) -> Result<(), StatusCode> {
    let request: ExportLogsServiceRequest = decode(body)?;
    let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
    store.lock().logs.extend(scopes.flat_map(|scope| scope.log_records));
    Ok(())
}
