//! The parts, started and ended together.

use std::env;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracehop_journey::Bounds;

use super::announced::Announced;
use super::restore::restore;
use super::store_sink::StoreSink;
use super::view_args::ViewArgs;
use super::view_error::ViewError;
use crate::api::{AppState, WaysIn};
use crate::demo::{self, Demo, DemoConfig, DemoCounts};
use crate::entrance::{
    Access, ConnectionBounds, Entrance, EntranceConfig, Redaction, RedactionKey, listen, serve_connections,
};
use crate::page;
use crate::segments::{SegmentBounds, Segments};
use crate::store::{Store, StoreConfig};

/// The variable with the key of hashes.
const REDACT_KEY: &str = "TRACEHOP_REDACT_KEY";

/// How long requests may take that are under way at the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the connections of the page may take. They must leave room for those of exporters, and whoever looks has few.
const PAGE: ConnectionBounds = ConnectionBounds {
    connections: 128,
    head: Duration::from_secs(5),
    slowest: Duration::from_secs(30),
    // A page that is open listens for news for ever.
    last: Duration::from_millis(500),
};

/// One part in this many of the memory of spans is for log records.
const LOG_SHARE: usize = 8;

/// A view that runs.
#[must_use = "a view that is dropped ends at once"]
pub struct View {
    page: SocketAddr,
    grpc: SocketAddr,
    http: SocketAddr,
    store: Store,
    demo: Option<Demo>,
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("page", &self.page).field("store", &self.store).finish_non_exhaustive()
    }
}

impl View {
    /// Opens all ports, says where they are on standard output, and starts to serve.
    ///
    /// # Errors
    ///
    /// If a port is taken, if the directory cannot be used, or if the demo does not start.
    pub async fn start(args: ViewArgs) -> Result<Self, ViewError> {
        let made = args.listen.is_some() && args.token.is_none();
        let access = Access::new(args.listen, args.token.clone())?;
        let host = args.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let at = |port| SocketAddr::new(host, port);
        let page_port = listen(at(args.page_port), "--page-port").await?;
        let redaction = redaction(&args)?;
        let bound = Entrance::bind(EntranceConfig {
            grpc: at(args.grpc_port),
            http: at(args.http_port),
            access: access.clone(),
            redaction: redaction.clone(),
            bounds: entrance_bounds(&args),
        })
        .await?;
        let (page, grpc, http) = (page_port.local_addr()?, bound.grpc_address()?, bound.http_address()?);

        let memory = usize::try_from(args.max_memory.as_u64()).unwrap_or(usize::MAX);
        let refused = bound.counts();
        let store = Store::start(StoreConfig {
            bounds: Bounds::default().max_bytes(memory).max_age(args.max_age),
            log_bytes: memory / LOG_SHARE,
            tags: args.tags.clone(),
        })?;
        let segments = open_segments(&args, &store, redaction).await?;

        let (stop, stopped) = watch::channel(false);
        let until = |mut stopped: watch::Receiver<bool>| async move {
            // If the sender is gone, that is an end too.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let entrance = tokio::spawn(
            bound.serve(StoreSink::new(store.clone(), segments.clone()), until(stopped.clone())),
        );
        let (http_url, grpc_url, page_url) = (url(http), url(grpc), url(page));
        let ways_in = Arc::new(WaysIn { http: http_url.clone(), grpc: grpc_url.clone() });
        let app = AppState::new(store.clone(), ways_in, refused).with_segments(segments);
        let router = access.layer(page::router(app));
        let pages = tokio::spawn(serve_connections(page_port, router, PAGE, stopped));

        let demo = if args.demo {
            let token = access.token().map(|token| token.as_str().to_owned());
            Some(demo::start(&DemoConfig { endpoint: http_url.clone(), token, ..DemoConfig::default() })?)
        } else {
            None
        };
        let token = access.token().filter(|_| made);
        println!(
            "{}",
            Announced { page: &page_url, grpc: &grpc_url, http: &http_url, made: token, demo: args.demo }
        );
        if !args.no_open {
            let address = match access.token() {
                Some(token) => format!("{page_url}/?token={}", token.as_str()),
                None => page_url,
            };
            // A machine without a browser has said where the page is.
            let _ = open::that_detached(address);
        }
        Ok(Self { page, grpc, http, store, demo, stop, serving: vec![entrance, pages] })
    }

    /// Where the page is.
    pub fn page(&self) -> SocketAddr {
        self.page
    }

    /// Where OTLP comes in over gRPC.
    pub fn grpc(&self) -> SocketAddr {
        self.grpc
    }

    /// Where OTLP comes in over HTTP.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// What came in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the demo has sent, if it runs.
    pub fn demo_sent(&self) -> Option<DemoCounts> {
        self.demo.as_ref().map(Demo::sent)
    }

    /// Ends the demo, then the entrance and the page. Requests that are under way are still answered.
    pub async fn end(mut self) {
        if let Some(demo) = self.demo.take() {
            demo.stop().await;
        }
        self.stop.send_replace(true);
        let by = tokio::time::Instant::now() + PATIENCE;
        for mut serving in self.serving.drain(..) {
            // A panic of a task was told where it took place.
            if tokio::time::timeout_at(by, &mut serving).await.is_err() {
                serving.abort();
            }
        }
    }
}

fn url(address: SocketAddr) -> String {
    // Whoever listens everywhere is reached from here at this machine's own address.
    if !address.ip().is_unspecified() {
        return format!("http://{address}");
    }
    format!("http://127.0.0.1:{}", address.port())
}

fn redaction(args: &ViewArgs) -> Result<Redaction, ViewError> {
    let key = match env::var(REDACT_KEY) {
        Ok(key) => key.parse::<RedactionKey>().map_err(ViewError::RedactKey)?,
        Err(_) => RedactionKey::generate()?,
    };
    Ok(Redaction::new(args.redact.iter().cloned(), args.keep_message_content, key))
}

fn entrance_bounds(args: &ViewArgs) -> crate::entrance::Bounds {
    let bounds = crate::entrance::Bounds::default();
    // A journey of last month may be read in from a file: it counts from its arrival.
    crate::entrance::Bounds { oldest: bounds.oldest.max(args.max_age), ..bounds }
}

/// The directory of `--data`, after the journeys of what it holds are there: whoever asks early must not be told that there are none,
/// and older spans would push out those that come in meanwhile.
async fn open_segments(
    args: &ViewArgs,
    store: &Store,
    redaction: Redaction,
) -> Result<Option<Segments>, ViewError> {
    let Some(directory) = &args.data else { return Ok(None) };
    let bounds = SegmentBounds::new(args.max_data.as_u64(), args.max_age);
    let (segments, replay) = Segments::open(directory, bounds)?;
    restore(store, replay, redaction).await?;
    Ok(Some(segments))
}
