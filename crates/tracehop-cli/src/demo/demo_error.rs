//! Why a demo does not start.

use std::fmt;

/// Why a demo does not start: one line that says what to change.
#[derive(Debug)]
#[non_exhaustive]
pub enum DemoError {
    /// The rate is no number from 0.1 to 100.
    Rate(f64),
    /// The telemetry of a service cannot be set up, for example because the endpoint is no address.
    Telemetry(Box<dyn std::error::Error + Send + Sync>),
    /// There is no runtime of tokio here.
    Runtime,
}

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => {
                write!(f, "{rate} journeys a second are not possible: choose a number from 0.1 to 100")
            }
            Self::Telemetry(error) => write!(f, "the demo's spans cannot be sent: {error}"),
            Self::Runtime => f.write_str("the demo needs to be started inside a runtime of tokio"),
        }
    }
}

impl std::error::Error for DemoError {}
