//! The connections of a port.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use super::bounds::Bounds;

/// How long it takes no connections after the system had no more of something.
const PAUSE: Duration = Duration::from_millis(20);

/// How long requests that are under way may take after the program was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// A client of HTTP/2 that does not answer for so long is gone.
const ALIVE: Duration = Duration::from_secs(30);

const STREAMS: u32 = 64;
const LONGEST_HEAD: u32 = 16 << 10;
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 2 << 20;

/// Serves the connections of a port until it is told to stop, and then the requests that are under way.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
) {
    let protocols = protocols(&bounds);
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            // Nobody closes it.
            let place = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, place)
        };
        tokio::select! {
            () = told(&mut stop) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (accepted, place) = next => match accepted {
                Ok((stream, _)) => {
                    let (protocols, router, stop) = (protocols.clone(), router.clone(), stop.clone());
                    let slowest = bounds.slowest;
                    connections.spawn(async move {
                        connection(stream, &protocols, router, slowest, stop).await;
                        drop(place);
                    });
                }
                Err(_) => sleep(PAUSE).await,
            },
        }
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    // What takes longer is dropped with the set.
    let _ = timeout(LAST_REQUESTS, rest).await;
}

async fn told(stop: &mut watch::Receiver<bool>) {
    // Whoever could tell is gone: that tells it, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn protocols(bounds: &Bounds) -> Builder<TokioExecutor> {
    let mut protocols = Builder::new(TokioExecutor::new());
    protocols.http1().timer(TokioTimer::new()).header_read_timeout(bounds.slowest);
    protocols
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(LONGEST_HEAD)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    protocols
}

/// HTTP/1 and HTTP/2, which gRPC is, on one port: the first bytes tell.
async fn connection(
    stream: TcpStream,
    protocols: &Builder<TokioExecutor>,
    router: Router,
    slowest: Duration,
    mut stop: watch::Receiver<bool>,
) {
    // Answers are short, and exporters wait for them. Whoever is gone already needs none.
    let _ = stream.set_nodelay(true);
    let has_asked = Arc::new(AtomicBool::new(false));
    let service = {
        let has_asked = Arc::clone(&has_asked);
        service_fn(move |request: Request<Incoming>| {
            has_asked.store(true, Ordering::Relaxed);
            router.clone().oneshot(request.map(axum::body::Body::new))
        })
    };
    let mut connection = pin!(protocols.serve_connection(TokioIo::new(stream), service));
    let is_late = async {
        sleep(slowest).await;
        // Those that have asked are watched over by the protocols.
        if has_asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    let ending = tokio::select! {
        // A client that is gone is no news, and one that does not speak HTTP has been told.
        _ = connection.as_mut() => return,
        () = is_late => slowest,
        () = told(&mut stop) => LAST_REQUESTS,
    };
    connection.as_mut().graceful_shutdown();
    let _ = timeout(ending, connection).await;
}
