//! A message's way from one service to another.

use std::fmt;

/// A message's way over a destination, for [`SpanRecorder::assert_hop`](crate::SpanRecorder::assert_hop).
///
/// ```
/// use tracehop_testing::Hop;
///
/// let hop = Hop::over("orders").from("checkout").to("payments");
/// assert_eq!(hop.to_string(), "checkout → orders → payments");
/// assert_eq!(Hop::over("orders").to_string(), "(any) → orders → (any)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is data: give it to `assert_hop`"]
pub struct Hop {
    pub(crate) destination: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

impl Hop {
    /// Over the destination of this name: a topic, a queue, an exchange or a subject, as `messaging.destination.name` of the
    /// sender's or of the receiver's span says. From any service, to any service.
    pub fn over(destination: impl Into<String>) -> Self {
        Self { destination: destination.into(), from: None, to: None }
    }

    /// From the service of this name only.
    pub fn from(self, service: impl Into<String>) -> Self {
        Self { from: Some(service.into()), ..self }
    }

    /// To the service of this name only.
    pub fn to(self, service: impl Into<String>) -> Self {
        Self { to: Some(service.into()), ..self }
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |service: &Option<String>| service.clone().unwrap_or_else(|| "(any)".to_owned());
        write!(f, "{} → {} → {}", name(&self.from), self.destination, name(&self.to))
    }
}
