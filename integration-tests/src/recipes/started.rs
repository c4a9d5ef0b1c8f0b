//! A broker that was started as processes.

use tempfile::TempDir;

use crate::Process;

/// Processes that said that their broker is ready.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) address: String,
    /// If it is known without asking.
    pub(crate) version: Option<String>,
    /// To be stopped in this order.
    pub(crate) processes: Vec<Process>,
    /// Their files.
    pub(crate) directory: TempDir,
}
