//! The signal that ends a program where there are none of Unix.

use tokio::signal::ctrl_c;

/// The keys that ask this program to end.
#[derive(Debug)]
pub(crate) struct Signals {}

impl Signals {
    /// From the first wait on they do not end the program by themselves.
    ///
    /// # Errors
    ///
    /// None.
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(crate) fn listen() -> anyhow::Result<Self> {
        Ok(Self {})
    }

    /// Waits for them, and returns the exit code that tells of it.
    pub(crate) async fn wait(&mut self) -> u8 {
        if ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    }
}
