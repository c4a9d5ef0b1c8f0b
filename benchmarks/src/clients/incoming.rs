//! What is written by hand about a message that was received.

use opentelemetry::KeyValue;

/// A client's own message.
pub(super) trait Incoming {
    fn payload(&self) -> &[u8];

    fn destination(&self) -> &str;

    /// The first value of a header.
    fn header(&self, name: &str) -> Option<&str>;

    fn header_names(&self) -> Vec<&str>;

    /// What tells this message from others.
    fn describe(&self, attributes: &mut Vec<KeyValue>);
}

/// The handler: it reads the payload.
pub(super) fn sum(payload: &[u8]) -> u64 {
    payload.iter().map(|byte| u64::from(*byte)).sum()
}
