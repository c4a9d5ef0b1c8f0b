//! What is on the broker.

pub(crate) const PARTITIONS: i32 = 4;

/// Sent to, and never read.
pub(crate) const SINK: &str = "sink";
/// Filled once, and read again and again; the headers say whether the sender was sampled.
pub(crate) const SAMPLED: &str = "sampled";
pub(crate) const UNSAMPLED: &str = "unsampled";

pub(crate) const TOPICS: [&str; 3] = [SINK, SAMPLED, UNSAMPLED];
