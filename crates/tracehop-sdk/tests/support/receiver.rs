//! A server for OTLP on a loopback socket, over HTTP or gRPC, which keeps the spans, metrics and records of logs that it gets.
#![allow(dead_code, reason = "not every suite needs all of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// No test waits longer than this.
const LONGEST: Duration = Duration::from_secs(20);

/// What came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) spans: Vec<Span>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) logs: Vec<LogRecord>,
    /// Of each request.
    pub(crate) resources: Vec<Resource>,
    /// The requests' header or metadata `x-tenant`.
    pub(crate) tenants: Vec<Option<String>>,
}

impl Received {
    fn add_spans(&mut self, request: ExportTraceServiceRequest) {
        for resource in request.resource_spans {
            self.resources.extend(resource.resource);
            self.spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }

    fn add_metrics(&mut self, request: ExportMetricsServiceRequest) {
        for resource in request.resource_metrics {
            self.resources.extend(resource.resource);
            self.metrics.extend(resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics));
        }
    }

    fn add_logs(&mut self, request: ExportLogsServiceRequest) {
        for resource in request.resource_logs {
            self.resources.extend(resource.resource);
            self.logs.extend(resource.scope_logs.into_iter().flat_map(|scope| scope.log_records));
        }
    }
}

/// The text of a resource's attribute.
pub(crate) fn attribute(resource: &Resource, key: &str) -> Option<String> {
    let found = resource.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        other => Some(format!("{other:?}")),
    }
}

/// The text of a record.
pub(crate) fn body(record: &LogRecord) -> String {
    match record.body.as_ref().and_then(|body| body.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

#[derive(Clone, Default)]
struct Kept(Arc<(Mutex<Received>, Condvar)>);

impl Kept {
    fn add(&self, tenant: Option<String>, add: impl FnOnce(&mut Received)) {
        let mut received = self.0.0.lock().unwrap();
        received.tenants.push(tenant);
        add(&mut received);
        self.0.1.notify_all();
    }
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    kept: Kept,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Receiver {
    /// Over HTTP.
    pub(crate) fn http() -> Self {
        Self::http_at("127.0.0.1:0", 200)
    }

    /// Over HTTP, at an address that another one had, with this status for every request.
    pub(crate) fn http_at(address: &str, status: u16) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let (address, kept) = (listener.local_addr().unwrap(), Kept::default());
        let keeping = kept.clone();
        // It ends with the process of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = keeping.clone();
                std::thread::spawn(move || serve(stream, status, &kept));
            }
        });
        Self { address, kept, runtime: None }
    }

    pub(crate) fn grpc() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let kept = Kept::default();
        let address = runtime.block_on(async {
            let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let address = incoming.local_addr().unwrap();
            let server = tonic::transport::Server::builder()
                .add_service(TraceServiceServer::new(kept.clone()))
                .add_service(MetricsServiceServer::new(kept.clone()))
                .add_service(LogsServiceServer::new(kept.clone()));
            tokio::spawn(server.serve_with_incoming(incoming));
            address
        });
        Self { address, kept, runtime: Some(runtime) }
    }

    /// Variables that send everything here.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let protocol = if self.runtime.is_some() { "grpc" } else { "http/protobuf" };
        [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.address)),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    pub(crate) fn received(&self) -> Received {
        self.kept.0.0.lock().unwrap().clone()
    }

    /// What was received when this is so.
    #[track_caller]
    pub(crate) fn wait_until(&self, is_so: impl Fn(&Received) -> bool) -> Received {
        let (received, changed) = &*self.kept.0;
        let end = Instant::now() + LONGEST;
        let mut received = received.lock().unwrap();
        while !is_so(&received) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it is not so: {received:?}");
            received = changed.wait_timeout(received, left).unwrap().0;
        }
        received.clone()
    }
}

/// A look-up of these variables and no others.
pub(crate) fn lookup<N: AsRef<str>, V: AsRef<str>>(
    all: impl IntoIterator<Item = (N, V)>,
) -> impl Fn(&str) -> Option<String> + Clone + Send + Sync + 'static {
    let own = |(name, value): (N, V)| (name.as_ref().to_owned(), value.as_ref().to_owned());
    let all: Vec<(String, String)> = all.into_iter().map(own).collect();
    move |name| all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// An endpoint that takes connections and never answers. It does so until it is dropped.
pub(crate) fn black_hole() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    (listener, endpoint)
}

/// An endpoint at which nobody listens.
pub(crate) fn nobody() -> String {
    black_hole().1
}

fn serve(stream: TcpStream, status: u16, kept: &Kept) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut tenant) = (0, None);
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = header.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "x-tenant" => tenant = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        if status == 200 {
            kept.add(tenant, |received| match path.as_str() {
                "/v1/traces" => received.add_spans(Message::decode(&*body).unwrap()),
                "/v1/metrics" => received.add_metrics(Message::decode(&*body).unwrap()),
                "/v1/logs" => received.add_logs(Message::decode(&*body).unwrap()),
                other => panic!("{other}"),
            });
        }
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn tenant<T>(request: &Request<T>) -> Option<String> {
    Some(request.metadata().get("x-tenant")?.to_str().unwrap().to_owned())
}

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.add(tenant(&request), |received| received.add_spans(request.into_inner()));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Kept {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.add(tenant(&request), |received| received.add_metrics(request.into_inner()));
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Kept {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.add(tenant(&request), |received| received.add_logs(request.into_inner()));
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
