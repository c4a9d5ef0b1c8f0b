//! Attribute keys that RabbitMQ adds to the [semantic conventions, v1.44.0], and the keys and events that this crate adds to
//! them.
//!
//! [semantic conventions, v1.44.0]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/rabbitmq.md
//!
//! Those that all systems have are here too:
//!
//! ```
//! use tracehop_rabbitmq::semconv::{ERROR_TYPE, TRACEHOP_RABBITMQ_REDELIVERED, TRACEHOP_REASON};
//! ```

/// The keys and events of core, which all systems share.
#[doc(no_inline)]
pub use tracehop::semconv::*;

/// The routing key, a string; not set if it is empty.
pub const MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY: &str = "messaging.rabbitmq.destination.routing_key";
/// The delivery's number in its channel, an integer; not set if it is 0.
pub const MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG: &str = "messaging.rabbitmq.message.delivery_tag";

/// An event on the span of a settlement: the message was settled before, and lapin sent nothing.
pub const TRACEHOP_ALREADY_SETTLED: &str = "tracehop.already_settled";
/// How many times the message has been delivered, this time included: an integer that is only set if the broker tells.
///
/// It is one more than the sum of the `x-delivery-count` of quorum queues and the counts of `x-death`. Only those deaths
/// count whose reason means that a consumer had the message (`rejected`, `delivery_limit`), because a message that expired in
/// a queue for retries was not delivered from it. If the headers tell of other deaths alone, it is not set.
pub const TRACEHOP_RABBITMQ_DELIVERY_ATTEMPT: &str = "tracehop.rabbitmq.delivery_attempt";
/// Whether a settlement also settles all earlier deliveries, a boolean that is only set if true.
pub const TRACEHOP_RABBITMQ_MULTIPLE: &str = "tracehop.rabbitmq.multiple";
/// Whether the broker marked the message as delivered before, a boolean that is only set if true.
pub const TRACEHOP_RABBITMQ_REDELIVERED: &str = "tracehop.rabbitmq.redelivered";
/// Whether a settlement puts the message back into its queue, a boolean that is only set if true.
pub const TRACEHOP_RABBITMQ_REQUEUE: &str = "tracehop.rabbitmq.requeue";
