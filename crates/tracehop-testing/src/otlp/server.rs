//! The server's thread.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, ToSocketAddrs};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::sink::Sink;
use super::{grpc, http};

/// For the first lines of a request.
const LONGEST_HEAD: Duration = Duration::from_secs(30);

/// How long it takes no connections after the system had no more of something.
const PAUSE: Duration = Duration::from_millis(20);

/// A server on a thread and a runtime of its own. It stops when this is dropped: nothing of it is left then.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// It is told to stop when this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(address: impl ToSocketAddrs, sink: Sink) -> io::Result<Self> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("otlp-recorder".to_owned()).spawn(move || {
            // What is under way is dropped with the runtime.
            runtime.block_on(accept(listener, sink, stopped));
        })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It has panicked, and has told so.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, sink: Sink, mut stopped: oneshot::Receiver<()>) {
    let router = http::router(grpc::router(&sink), sink.clone());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone(), sink.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

/// HTTP/1 and HTTP/2, which gRPC is, on one port: the first bytes tell.
async fn serve(stream: TcpStream, router: Router, sink: Sink) {
    let mut protocols = Builder::new(TokioExecutor::new());
    protocols.http1().timer(TokioTimer::new()).header_read_timeout(LONGEST_HEAD);
    let service = TowerToHyperService::new(router);
    let Err(error) = protocols.serve_connection(TokioIo::new(stream), service).await else { return };
    // A client that is gone, for example because its process ended, is no news. One that does not speak HTTP is.
    if let Some(error) = error.downcast_ref::<hyper::Error>().filter(|error| is_nonsense(error)) {
        sink.refuse(format!("a connection that is not HTTP: {error}"));
    }
}

fn is_nonsense(error: &hyper::Error) -> bool {
    error.is_parse() || error.is_incomplete_message()
}
