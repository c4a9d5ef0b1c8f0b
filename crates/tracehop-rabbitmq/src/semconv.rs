//! Attribute keys that RabbitMQ adds to the [semantic conventions, v1.44.0], and those that this crate adds to them.
//!
//! [semantic conventions, v1.44.0]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/rabbitmq.md

/// The routing key, a string; not set if it is empty.
pub const MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY: &str = "messaging.rabbitmq.destination.routing_key";
/// The delivery's number in its channel, an integer.
pub const MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG: &str = "messaging.rabbitmq.message.delivery_tag";

/// How many times the message has been delivered, this time included: an integer that is only set if the broker tells.
///
/// It is one more than the `x-delivery-count` of quorum queues and the counts of `x-death` together. Of the latter
/// those count whose reason is that a consumer had the message (`rejected`, `delivery_limit`): a message that expired
/// in a queue for retries was not delivered there.
pub const TRACEHOP_RABBITMQ_DELIVERY_ATTEMPT: &str = "tracehop.rabbitmq.delivery_attempt";
/// Whether a settlement is also that of all earlier deliveries, a boolean that is only set if true.
pub const TRACEHOP_RABBITMQ_MULTIPLE: &str = "tracehop.rabbitmq.multiple";
/// Whether the broker marked the message as delivered before, a boolean that is only set if true.
pub const TRACEHOP_RABBITMQ_REDELIVERED: &str = "tracehop.rabbitmq.redelivered";
/// Whether a settlement puts the message back into its queue, a boolean that is only set if true.
pub const TRACEHOP_RABBITMQ_REQUEUE: &str = "tracehop.rabbitmq.requeue";
