//! OTLP over gRPC.

use axum::Router;
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
use tonic::codec::CompressionEncoding::Gzip;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use super::export::Export;
use super::sink::Sink;

/// The three services.
pub(super) fn router(sink: &Sink) -> Router {
    let limit = sink.max_request;
    let traces = TraceServiceServer::new(sink.clone());
    let metrics = MetricsServiceServer::new(sink.clone());
    let logs = LogsServiceServer::new(sink.clone());
    Routes::new(traces.accept_compressed(Gzip).max_decoding_message_size(limit))
        .add_service(metrics.accept_compressed(Gzip).max_decoding_message_size(limit))
        .add_service(logs.accept_compressed(Gzip).max_decoding_message_size(limit))
        .into_axum_router()
}

#[tonic::async_trait]
impl TraceService for Sink {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Ok(Response::new(request.into_inner().record(self)))
    }
}

#[tonic::async_trait]
impl MetricsService for Sink {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        Ok(Response::new(request.into_inner().record(self)))
    }
}

#[tonic::async_trait]
impl LogsService for Sink {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        Ok(Response::new(request.into_inner().record(self)))
    }
}
