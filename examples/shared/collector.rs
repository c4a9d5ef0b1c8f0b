//! A collector inside this process: it takes OTLP over HTTP, and keeps what arrives. More than one example has it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, serve};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
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

/// What arrived from one service.
#[derive(Clone, Default)]
pub(crate) struct Received {
    pub(crate) spans: Vec<Span>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) logs: Vec<LogRecord>,
}

/// What arrived, by `service.name`.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<HashMap<String, Received>>>);

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

    /// What has arrived so far from the service of this name.
    pub(crate) fn received(&self, service: &str) -> Received {
        self.store.0.lock().unwrap_or_else(PoisonError::into_inner).get(service).cloned().unwrap_or_default()
    }
}

impl Store {
    fn add(&self, resource: Option<&Resource>, add: impl FnOnce(&mut Received)) {
        let service = resource.and_then(service_name).unwrap_or_default();
        let mut services = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        add(services.entry(service.to_owned()).or_default());
    }
}

fn service_name(resource: &Resource) -> Option<&str> {
    let name = resource.attributes.iter().find(|attribute| attribute.key == "service.name")?;
    match name.value.as_ref()?.value.as_ref()? {
        Value::StringValue(name) => Some(name),
        _ => None,
    }
}

fn decode<T: Message + Default>(body: Bytes) -> Result<T, StatusCode> {
    T::decode(body).map_err(|_| StatusCode::BAD_REQUEST)
}

async fn traces(State(store): State<Store>, body: Bytes) -> Result<(), StatusCode> {
    let request: ExportTraceServiceRequest = decode(body)?;
    for of_one in request.resource_spans {
        let spans = of_one.scope_spans.into_iter().flat_map(|scope| scope.spans);
        store.add(of_one.resource.as_ref(), |received| received.spans.extend(spans));
    }
    Ok(())
}

async fn metrics(State(store): State<Store>, body: Bytes) -> Result<(), StatusCode> {
    let request: ExportMetricsServiceRequest = decode(body)?;
    for of_one in request.resource_metrics {
        let metrics = of_one.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
        store.add(of_one.resource.as_ref(), |received| received.metrics.extend(metrics));
    }
    Ok(())
}

async fn logs(State(store): State<Store>, body: Bytes) -> Result<(), StatusCode> {
    let request: ExportLogsServiceRequest = decode(body)?;
    for of_one in request.resource_logs {
        let logs = of_one.scope_logs.into_iter().flat_map(|scope| scope.log_records);
        store.add(of_one.resource.as_ref(), |received| received.logs.extend(logs));
    }
    Ok(())
}
