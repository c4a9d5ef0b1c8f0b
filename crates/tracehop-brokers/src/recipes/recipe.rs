//! How one broker is run and spoken to.

use std::pin::Pin;

use tokio::net::TcpStream;

use super::home::Home;
use super::scheme::Scheme;
use super::settings::Settings;
use super::started::Started;

/// What is being done. Boxed, for the recipes stand in one table.
pub(crate) type Doing<'a, T> = Pin<Box<dyn Future<Output = anyhow::Result<T>> + Send + 'a>>;

/// The largest first answer of any broker is a few kilobytes.
pub(super) const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What only this broker needs: each is in the file of its name.
pub(crate) trait Recipe: Sync {
    /// What a scheme says, which is in lower case and may be empty.
    fn scheme(&self, scheme: &str) -> Scheme;

    /// The address for clients of one that listens at this port.
    fn address(&self, host: &str, port: u16) -> String;

    /// Speaks with whom it is connected to until that is known to be a broker, and returns the version that it tells.
    fn greet<'a>(&'a self, stream: &'a mut TcpStream) -> Doing<'a, Option<String>>;

    /// What a container of it is told, whose port is mapped to `mapped` of `host`.
    fn container(&self, host: &str, mapped: u16) -> Settings;

    /// Writes what it needs before it starts for the first time as processes. Fails if it is not installed, and then says
    /// what would help.
    fn prepare<'a>(&'a self, home: &'a Home) -> Doing<'a, ()>;

    /// Starts it as processes, and waits until it says that it is ready.
    fn start<'a>(&'a self, home: &'a Home) -> Doing<'a, Started>;
}
