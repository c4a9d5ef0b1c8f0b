//! Attribute keys that Kafka adds to the [semantic conventions, v1.44.0].
//!
//! [semantic conventions, v1.44.0]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/kafka.md

/// The cluster's own name, a string.
pub const MESSAGING_KAFKA_CLUSTER_ID: &str = "messaging.kafka.cluster.id";
/// The message's key, a string; only if the tracer records keys.
pub const MESSAGING_KAFKA_MESSAGE_KEY: &str = "messaging.kafka.message.key";
/// Whether the message is a tombstone, a boolean that is only set if true.
pub const MESSAGING_KAFKA_MESSAGE_TOMBSTONE: &str = "messaging.kafka.message.tombstone";
/// The message's offset in its partition, an integer.
pub const MESSAGING_KAFKA_OFFSET: &str = "messaging.kafka.offset";
