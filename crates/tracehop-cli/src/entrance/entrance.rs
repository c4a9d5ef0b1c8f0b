//! The ports of OTLP.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::access::Access;
use super::bounds::Bounds;
use super::connections;
use super::counts::Counts;
use super::decoded::Decoder;
use super::listen::{EntranceError, listen};
use super::reception::Reception;
use super::redaction::Redaction;
use super::sink::Sink;
use super::{grpc, http};

/// How OTLP is let in.
#[derive(Clone, Debug)]
pub struct EntranceConfig {
    /// Where exporters send over gRPC. Port 0 is any that is free.
    pub grpc: SocketAddr,
    /// Where exporters send over HTTP. Port 0 is any that is free.
    pub http: SocketAddr,
    /// Who may send.
    pub access: Access,
    /// What nobody shall see.
    pub redaction: Redaction,
    /// What requests may take.
    pub bounds: Bounds,
}

/// OTLP in.
#[derive(Clone, Copy, Debug)]
pub enum Entrance {}

/// Two open ports, from which nothing is read yet.
#[derive(Debug)]
pub struct Bound {
    grpc: TcpListener,
    http: TcpListener,
    config: EntranceConfig,
    counts: Arc<Counts>,
}

impl Entrance {
    /// Opens the ports.
    ///
    /// # Errors
    ///
    /// If one of them cannot be opened.
    pub async fn bind(config: EntranceConfig) -> Result<Bound, EntranceError> {
        let grpc = listen(config.grpc, "--grpc-port").await?;
        let http = listen(config.http, "--http-port").await?;
        Ok(Bound { grpc, http, config, counts: Arc::default() })
    }
}

impl Bound {
    /// Where exporters send over gRPC.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn grpc_address(&self) -> io::Result<SocketAddr> {
        self.grpc.local_addr()
    }

    /// Where exporters send over HTTP.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn http_address(&self) -> io::Result<SocketAddr> {
        self.http.local_addr()
    }

    /// What came in and what did not, as long as the ports are open and after.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Passes on to `sink` what comes in, until `shutdown`; requests that are under way then are still answered.
    ///
    /// Both ports take both protocols: an exporter that mixes them up is served as well.
    pub async fn serve(self, sink: impl Sink, shutdown: impl Future<Output = ()> + Send) {
        let EntranceConfig { access, redaction, bounds, .. } = self.config;
        let of_connections = bounds.of_connections();
        let decoder = Decoder { redaction, bounds, keeps_raw: false };
        let router = router(Reception::new(sink, access, decoder, self.counts));
        let (stop, stopped) = watch::channel(false);
        let until = async move {
            shutdown.await;
            stop.send_replace(true);
        };
        let grpc = connections::serve(self.grpc, router.clone(), of_connections, stopped.clone());
        let http = connections::serve(self.http, router, of_connections, stopped);
        tokio::join!(until, grpc, http);
    }
}

fn router<S: Sink>(reception: Reception<S>) -> Router {
    let unknown = |request: Request| async move {
        if grpc::is_grpc(request.headers()) { grpc::unknown() } else { http::unknown() }
    };
    http::router().merge(grpc::router()).fallback(unknown).with_state(Arc::new(reception))
}
