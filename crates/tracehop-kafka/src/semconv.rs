//! Attribute keys that Kafka adds to the [semantic conventions, v1.44.0], and the names of the adapter's own events.
//!
//! [semantic conventions, v1.44.0]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/kafka.md
//!
//! Those that all systems have are here too:
//!
//! ```
//! use tracehop_kafka::semconv::{ERROR_TYPE, MESSAGING_KAFKA_OFFSET, TRACEHOP_REASON};
//! ```

/// The keys and events of core, which all systems share.
#[doc(no_inline)]
pub use tracehop::semconv::*;

/// The cluster's own name, a string.
pub const MESSAGING_KAFKA_CLUSTER_ID: &str = "messaging.kafka.cluster.id";
/// The message's key, a string; only if the tracer records keys.
pub const MESSAGING_KAFKA_MESSAGE_KEY: &str = "messaging.kafka.message.key";
/// Whether the message is a tombstone, a boolean that is only set if true.
pub const MESSAGING_KAFKA_MESSAGE_TOMBSTONE: &str = "messaging.kafka.message.tombstone";
/// The message's offset in its partition, an integer.
pub const MESSAGING_KAFKA_OFFSET: &str = "messaging.kafka.offset";

/// The transaction that a span is part of, a string: `{transactional.id}/{number}`. The producer counts its transactions from 1.
pub const TRACEHOP_KAFKA_TRANSACTION: &str = "tracehop.kafka.transaction";

/// An event of a send: the local queue was full, and the send waits for room.
pub const TRACEHOP_QUEUE_FULL: &str = "tracehop.queue_full";
/// An event of a send that failed: how often the local queue was full.
pub const TRACEHOP_STALLS: &str = "tracehop.stalls";
/// How often, an integer on an event.
pub const TRACEHOP_COUNT: &str = "tracehop.count";
