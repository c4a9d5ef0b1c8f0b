//! An entrance on free ports.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracehop_cli::entrance::{
    Access, Bounds, Counted, Counts, Entrance, EntranceConfig, Redaction, RedactionKey, Token,
};

use crate::recorder::{Mode, Recorder};

pub(crate) const TOKEN: &str = "correct-horse-battery";

pub(crate) struct Server {
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) recorder: Recorder,
    counts: Arc<Counts>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

pub(crate) fn config() -> EntranceConfig {
    EntranceConfig {
        grpc: "127.0.0.1:0".parse().unwrap(),
        http: "127.0.0.1:0".parse().unwrap(),
        access: Access::loopback(),
        redaction: redaction(&[]),
        bounds: Bounds::default(),
    }
}

pub(crate) fn redaction(rules: &[&str]) -> Redaction {
    let key: RedactionKey = "0123456789abcdef".parse().unwrap();
    Redaction::new(rules.iter().map(|rule| rule.parse().unwrap()), false, key)
}

/// Access as with `--listen`, so that a token is needed.
pub(crate) fn with_token() -> Access {
    let token: Token = TOKEN.parse().unwrap();
    Access::new(Some([127, 0, 0, 1].into()), Some(token)).unwrap()
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::of(config(), Mode::Takes).await
    }

    pub(crate) async fn with_bounds(bounds: Bounds) -> Self {
        Self::of(EntranceConfig { bounds, ..config() }, Mode::Takes).await
    }

    pub(crate) async fn of(config: EntranceConfig, mode: Mode) -> Self {
        let bound = Entrance::bind(config).await.unwrap();
        let (grpc, http) = (bound.grpc_address().unwrap(), bound.http_address().unwrap());
        let (counts, recorder) = (bound.counts(), Recorder::new(mode));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = bound.serve(recorder.clone(), async move {
            let _ = stopped.await;
        });
        Self { grpc, http, recorder, counts, stop, task: tokio::spawn(serving) }
    }

    pub(crate) fn counted(&self) -> Counted {
        self.counts.read()
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn stop(self) -> Recorder {
        drop(self.stop);
        self.task.await.unwrap();
        self.recorder
    }
}
