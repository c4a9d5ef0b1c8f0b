//! The connections of a port.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tower::ServiceExt as _;

use super::open_connections::{NEW, OpenConnection, OpenConnections};

/// How long it takes no connections after the system had no more of something.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a connection may take to end that has been asked to leave.
const LEAVING: Duration = Duration::from_millis(500);

/// A client of HTTP/2 that does not answer for so long is gone.
const ALIVE: Duration = Duration::from_secs(30);

/// What a client of HTTP/2 sends before anything else begins so.
const HTTP_2: &[u8] = b"PRI";

const STREAMS: u32 = 64;
const LONGEST_HEAD: u32 = 16 << 10;
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 2 << 20;

/// What the connections of a port may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionBounds {
    /// How many may be open. A further one takes the place of the one that has been idle for longest.
    pub(crate) connections: usize,
    /// How long one may take to send the head of its first request.
    pub(crate) head: Duration,
    /// How long it may take to send the heads of the others.
    pub(crate) slowest: Duration,
    /// How long requests that are under way may take after the program was told to stop.
    pub(crate) last: Duration,
}

/// Serves the connections of a port until it is told to stop, and then the requests that are under way.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: ConnectionBounds,
    mut stop: watch::Receiver<bool>,
) {
    let protocols = protocols(&bounds);
    let room = Arc::new(Semaphore::new(bounds.connections));
    let open = Arc::<OpenConnections>::default();
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            match listener.accept().await {
                Ok((stream, _)) => Some((stream, place(&room, &open).await)),
                Err(_) => None,
            }
        };
        tokio::select! {
            () = told(&mut stop) => break,
            next = next => {
                if let Some((stream, place)) = next {
                    let (protocols, router, stop) = (protocols.clone(), router.clone(), stop.clone());
                    let this = open.add();
                    connections.spawn(async move {
                        connection(stream, &protocols, router, bounds, &this, stop).await;
                        drop(place);
                    });
                } else {
                    open.let_one_go(std::time::Instant::now());
                    sleep(PAUSE).await;
                }
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    // What takes longer is dropped with the set.
    let _ = timeout(bounds.last, rest).await;
}

/// Waits for a place, and asks somebody who does not need his to leave. Nobody closes the semaphore.
async fn place(room: &Arc<Semaphore>, open: &OpenConnections) -> Option<OwnedSemaphorePermit> {
    let mut place = pin!(Arc::clone(room).acquire_owned());
    let mut one_leaves = room.available_permits() > 0;
    loop {
        one_leaves = one_leaves || open.let_one_go(std::time::Instant::now());
        tokio::select! {
            biased;
            place = place.as_mut() => return place.ok(),
            () = open.one_is_idle(), if !one_leaves => {}
            () = sleep(NEW), if !one_leaves => {}
        }
    }
}

async fn told(stop: &mut watch::Receiver<bool>) {
    // Whoever could tell is gone: that tells it, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn protocols(bounds: &ConnectionBounds) -> Builder<TokioExecutor> {
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
    bounds: ConnectionBounds,
    this: &Arc<OpenConnection>,
    mut stop: watch::Receiver<bool>,
) {
    let opened = Instant::now();
    let mut first = [0; HTTP_2.len()];
    let said = tokio::select! {
        said = timeout(bounds.head, stream.peek(&mut first)) => said,
        () = this.is_to_leave() => return,
        () = told(&mut stop) => return,
    };
    // Whoever says nothing, or is gone, has nothing under way.
    let Ok(Ok(_)) = said else { return };
    // A client of HTTP/2 connects early, and asks when it has something to send.
    let is_http_2 = first == HTTP_2;
    let head_by = opened + if is_http_2 { bounds.slowest } else { bounds.head };

    // Answers are short, and exporters wait for them. Whoever is gone already needs none.
    let _ = stream.set_nodelay(true);
    let has_asked = Arc::new(AtomicBool::new(false));
    let service = {
        let (has_asked, this) = (Arc::clone(&has_asked), Arc::clone(this));
        service_fn(move |request: Request<Incoming>| {
            has_asked.store(true, Ordering::Relaxed);
            let under_way = this.begin();
            let answer = router.clone().oneshot(request.map(Body::new));
            async move { answer.await.map(|answer| answer.map(|body| under_way.until_the_end_of(body))) }
        })
    };
    let mut connection = pin!(protocols.serve_connection(TokioIo::new(stream), service));
    let is_late = async {
        sleep_until(head_by).await;
        // Those that have asked are watched over by the protocols.
        if has_asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    let ending = tokio::select! {
        // A client that is gone is no news, and one that does not speak HTTP has been told.
        _ = connection.as_mut() => return,
        () = is_late => LEAVING,
        () = this.is_to_leave() => LEAVING,
        () = told(&mut stop) => bounds.last,
    };
    if !is_http_2 && !has_asked.load(Ordering::Relaxed) {
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(ending, connection).await;
}
