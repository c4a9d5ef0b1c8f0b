//! What a broker was started as.

use crate::process::Process;

/// Processes that said that their broker is ready.
#[derive(Debug)]
pub(crate) struct Started {
    /// If it is known without asking.
    pub(crate) version: Option<String>,
    /// To be stopped in this order.
    pub(crate) processes: Vec<Process>,
}
