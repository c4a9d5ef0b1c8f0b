//! The proxy's thread.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;

use super::acceptor::Acceptor;
use super::port::Port;

/// A thread with a runtime of its own. When this is dropped, nothing of it is left.
#[derive(Debug)]
pub(super) struct ProxyThread {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    id: ThreadId,
    /// It is told to stop when this is dropped.
    stop: Option<oneshot::Sender<()>>,
}

impl ProxyThread {
    pub(super) fn start(acceptor: Arc<Acceptor>, port: Port, listener: TcpListener) -> io::Result<Self> {
        // One thread, so that nothing is passed on while a fault is changed.
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::Builder::new().name("fault-proxy".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    _ = stopped => {}
                    () = acceptor.run(port, listener) => {}
                }
            });
            // A name may still be looked up, which cannot be ended.
            runtime.shutdown_timeout(Duration::ZERO);
        })?;
        let id = thread.thread().id();
        Ok(Self { handle, thread: Some(thread), id, stop: Some(stop) })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(super) fn id(&self) -> ThreadId {
        self.id
    }
}

impl Drop for ProxyThread {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread::current().id() != self.id
        {
            // If it has panicked, it has told so.
            let _ = thread.join();
        }
    }
}
