//! The processes of one broker.

use tempfile::TempDir;

use crate::Process;

/// A broker that runs as long as this lives.
#[derive(Debug)]
pub struct Native {
    /// How clients reach it.
    pub address: String,
    /// What it says of itself.
    pub version: String,
    // Stopped in this order, and only then are the files removed.
    pub(super) _processes: Vec<Process>,
    pub(super) _directory: TempDir,
}
