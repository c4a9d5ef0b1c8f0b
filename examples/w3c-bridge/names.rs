//! What the two ways through a broker are called.

/// Topics, queues or subjects.
pub(crate) struct Names {
    pub(crate) requests: String,
    pub(crate) callbacks: String,
    /// The JetStream stream of both.
    pub(crate) stream: String,
}

impl Names {
    /// A broker may be shared, and an earlier run may have left something behind.
    pub(crate) fn of_this_run() -> Self {
        let stream = format!("w3c-bridge-{}", std::process::id());
        Self { requests: format!("{stream}.requests"), callbacks: format!("{stream}.callbacks"), stream }
    }
}
