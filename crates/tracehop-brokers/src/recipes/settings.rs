//! What a container of a broker is told, and how it says that it is ready.

use std::time::Duration;

/// What makes a broker's image one broker for tests. The same for the official images and those that
/// `cargo xtask images` makes.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The port of the protocol, inside.
    pub(crate) port: u16,
    /// In the log when the broker is ready.
    pub(crate) ready: &'static str,
    /// How long that may take.
    pub(crate) deadline: Duration,
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) arguments: &'static [&'static str],
    /// How many files it may open.
    pub(crate) files: Option<i64>,
    /// What stands before the version in its log, if it tells it nowhere else.
    pub(crate) version_after: Option<&'static str>,
}
