//! A server for logs over gRPC that notes the metadata of a request, which an `OtlpRecorder` does not show.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use tokio::runtime::Runtime;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

struct Service(Sender<MetadataMap>);

#[tonic::async_trait]
impl LogsService for Service {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.0.send(request.metadata().clone()).unwrap();
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

pub(crate) struct GrpcLogs {
    pub(crate) address: SocketAddr,
    metadata: Receiver<MetadataMap>,
    // It ends with the runtime.
    _runtime: Runtime,
}

impl GrpcLogs {
    pub(crate) fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let entered = runtime.enter();
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = incoming.local_addr().unwrap();
        let (sender, metadata) = channel();
        let service = LogsServiceServer::new(Service(sender));
        runtime.spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        drop(entered);
        Self { address, metadata, _runtime: runtime }
    }

    /// The header `x-tenant` of the next request.
    pub(crate) fn tenant(&self) -> String {
        let metadata = self.metadata.recv_timeout(Duration::from_secs(20)).unwrap();
        metadata.get("x-tenant").unwrap().to_str().unwrap().to_owned()
    }
}
