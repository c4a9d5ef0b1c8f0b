//! The server that opentelemetry-proto and tonic make, which answers as it is told.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::runtime::Runtime;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Response(ExportTraceServiceResponse),
    Status(Status),
    Silence,
}

pub(crate) fn ok() -> Answer {
    Answer::Response(ExportTraceServiceResponse::default())
}

struct Collector {
    script: Mutex<Vec<Answer>>,
    otherwise: Answer,
    requests: Sender<(MetadataMap, ExportTraceServiceRequest)>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        // A test that does not look at the requests has dropped the receiver.
        let _ = self.requests.send((metadata, message));
        let answer = self.script.lock().unwrap().pop().unwrap_or_else(|| self.otherwise.clone());
        match answer {
            Answer::Response(response) => Ok(Response::new(response)),
            Answer::Status(status) => Err(status),
            Answer::Silence => std::future::pending().await,
        }
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Receiver<(MetadataMap, ExportTraceServiceRequest)>,
    // It ends with the runtime.
    _runtime: Runtime,
}

impl Server {
    /// Gives these answers in turn, and then the other one for ever. Reads messages up to that many bytes.
    pub(crate) fn start(script: Vec<Answer>, otherwise: Answer, limit: usize) -> Self {
        Self::listen("127.0.0.1:0".parse().unwrap(), script, otherwise, limit)
    }

    /// Always gives this answer, on an address that another one had.
    pub(crate) fn start_at(address: SocketAddr, answer: Answer) -> Self {
        Self::listen(address, vec![], answer, usize::MAX)
    }

    /// Always says yes over TLS, to a client with that certificate.
    #[cfg(feature = "tls")]
    pub(crate) fn start_secured(identity: (String, String), client: String) -> Self {
        use tonic::transport::{Certificate, Identity, ServerTlsConfig};
        let config = ServerTlsConfig::new()
            .identity(Identity::from_pem(identity.0, identity.1))
            .client_ca_root(Certificate::from_pem(client));
        let builder = tonic::transport::Server::builder().tls_config(config).unwrap();
        Self::serve(builder, "127.0.0.1:0".parse().unwrap(), vec![], ok(), usize::MAX)
    }

    fn listen(address: SocketAddr, script: Vec<Answer>, otherwise: Answer, limit: usize) -> Self {
        Self::serve(tonic::transport::Server::builder(), address, script, otherwise, limit)
    }

    fn serve(
        mut builder: tonic::transport::Server,
        address: SocketAddr,
        script: Vec<Answer>,
        otherwise: Answer,
        limit: usize,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let entered = runtime.enter();
        let incoming = TcpIncoming::bind(address).unwrap();
        let address = incoming.local_addr().unwrap();
        let (sender, requests) = channel();
        let script = Mutex::new(script.into_iter().rev().collect());
        let service =
            TraceServiceServer::from_arc(Arc::new(Collector { script, otherwise, requests: sender }))
                .accept_compressed(CompressionEncoding::Gzip)
                .send_compressed(CompressionEncoding::Gzip)
                .max_decoding_message_size(limit);
        runtime.spawn(builder.add_service(service).serve_with_incoming(incoming));
        drop(entered);
        Self { address, requests, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request that arrives.
    pub(crate) fn request(&self) -> (MetadataMap, ExportTraceServiceRequest) {
        self.requests.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}
