//! Where brokers are started, watched and stopped.
//!
//! Each test has a runtime of its own, which ends with it, and a broker may be shared by many tests. So they live on one that
//! belongs to none of them, and whoever waits for a broker may do so on any executor, or without one.

use std::sync::{OnceLock, mpsc};

use anyhow::{Context, anyhow, bail};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// Stopping a broker blocks: it must not hold up those that start.
const THREADS: usize = 4;

/// Never dropped: what it started is stopped by those who hold it, or after this process by a keeper.
static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

fn runtime() -> anyhow::Result<&'static Runtime> {
    let started = || {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(THREADS).thread_name("tracehop-brokers").enable_all();
        builder.build().map_err(|error| error.to_string())
    };
    RUNTIME.get_or_init(started).as_ref().map_err(|error| anyhow!("no runtime can be started: {error}"))
}

/// Does it there. It is given up when the future is dropped.
pub(crate) async fn run<T: Send + 'static>(
    what: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    // A set of one: it aborts on drop.
    let mut tasks = JoinSet::new();
    tasks.spawn_on(what, runtime()?.handle());
    match tasks.join_next().await {
        Some(done) => done.context("a task of tracehop-brokers ended")?,
        None => bail!("a task of tracehop-brokers is gone"),
    }
}

/// Does it there, and blocks until it is done.
pub(crate) fn block<T: Send + 'static>(
    what: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    let (done, waits) = mpsc::sync_channel(1);
    runtime()?.spawn(async move {
        let _ = done.send(what.await);
    });
    waits.recv().context("a task of tracehop-brokers is gone")?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_runtime_of_one_thread_may_block_on_it() {
        assert_eq!(block(async { Ok(run(async { Ok(1) }).await? + 1) }).unwrap(), 2);
    }

    #[test]
    fn what_is_no_longer_wanted_is_given_up() {
        let (dropped, notice) = mpsc::channel::<()>();
        let waiting = run(async move {
            let _dropped = dropped;
            std::future::pending::<anyhow::Result<()>>().await
        });
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        let mut waiting = Box::pin(waiting);
        assert!(waiting.as_mut().poll(&mut task).is_pending());
        drop(waiting);
        assert_eq!(notice.recv(), Err(mpsc::RecvError));
    }

    #[test]
    fn a_panic_is_an_error() {
        let error = block::<()>(async { panic!("no") }).unwrap_err();
        assert_eq!(error.to_string(), "a task of tracehop-brokers is gone");
    }
}
