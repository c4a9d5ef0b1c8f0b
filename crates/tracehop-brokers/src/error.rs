//! Why there is no broker.

use std::fmt;

use broker_table::Broker;

/// A broker cannot be had, stopped or started again. The text names it, what was tried, and what would help.
#[derive(Clone)]
pub struct Error {
    broker: Broker,
    what: String,
}

impl Error {
    pub(crate) fn new(broker: Broker, why: &anyhow::Error) -> Self {
        Self { broker, what: format!("{why:#}") }
    }

    /// Which one.
    pub fn broker(&self) -> Broker {
        self.broker
    }

    /// What was tried, and what would help.
    pub fn reason(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.broker, self.what)
    }
}

/// As [`Display`](fmt::Display): this is what `unwrap` shows in a test that fails, and it has several lines.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
