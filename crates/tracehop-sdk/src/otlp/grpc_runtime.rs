use std::sync::mpsc::sync_channel;
use std::time::Duration;

use opentelemetry::Context;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A tokio runtime on one thread of its own. It drives connections also while nobody exports: it answers pings, and notices
/// when a server goes away.
pub(super) struct GrpcRuntime {
    handle: Handle,
    /// The thread ends when this is dropped.
    _running: oneshot::Sender<()>,
}

/// Time for an answer that came at the last moment to be handed over.
const GRACE: Duration = Duration::from_secs(1);

impl GrpcRuntime {
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        std::thread::Builder::new().name("tracehop-otlp-grpc".to_owned()).spawn(move || {
            // Clients that are instrumented must not trace the export of their own spans.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            let _ = runtime.block_on(ended);
            // A name that is still being resolved must not keep the thread.
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _running: running })
    }

    /// Runs something that wants to know its runtime.
    pub(super) fn enter<T>(&self, make: impl FnOnce() -> T) -> T {
        let _entered = self.handle.enter();
        make()
    }

    /// Waits for a future on the thread that calls, while the runtime's own thread runs it. None if it takes too long.
    pub(super) fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
        timeout: Duration,
    ) -> Option<T> {
        let (sender, receiver) = sync_channel(1);
        self.handle.spawn(async move {
            let outcome = tokio::time::timeout(timeout, future).await.ok();
            let _ = sender.send(outcome);
        });
        receiver.recv_timeout(timeout.saturating_add(GRACE)).ok().flatten()
    }
}
