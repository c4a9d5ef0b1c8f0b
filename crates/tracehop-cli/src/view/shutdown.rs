//! When the program is asked to end.

use std::future::Future;

/// Resolves when somebody presses Ctrl-C, or when the system asks the process to end. It listens from now on, not only once it is
/// awaited. Call it within a runtime.
pub(super) fn asked_to_end() -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{Signal, SignalKind, signal};
        async fn comes(listening: Option<Signal>) {
            match listening {
                Some(mut signal) => {
                    signal.recv().await;
                }
                // Where nobody can ask, nobody does.
                None => std::future::pending().await,
            }
        }
        let interrupted = signal(SignalKind::interrupt()).ok();
        let terminated = signal(SignalKind::terminate()).ok();
        async {
            tokio::select! {
                () = comes(interrupted) => {}
                () = comes(terminated) => {}
            }
        }
    }
    #[cfg(not(unix))]
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Where nobody can ask, nobody does.
            std::future::pending::<()>().await;
        }
    }
}
