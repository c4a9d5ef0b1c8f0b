//! The keys that journeys read from spans, of the [semantic conventions for messaging].
//!
//! [semantic conventions for messaging]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/

pub(crate) const ERROR_TYPE: &str = "error.type";
pub(crate) const MESSAGING_BATCH_MESSAGE_COUNT: &str = "messaging.batch.message_count";
pub(crate) const MESSAGING_CONSUMER_GROUP_NAME: &str = "messaging.consumer.group.name";
pub(crate) const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";
pub(crate) const MESSAGING_DESTINATION_PARTITION_ID: &str = "messaging.destination.partition.id";
pub(crate) const MESSAGING_KAFKA_OFFSET: &str = "messaging.kafka.offset";
pub(crate) const MESSAGING_MESSAGE_ID: &str = "messaging.message.id";
pub(crate) const MESSAGING_OPERATION_NAME: &str = "messaging.operation.name";
pub(crate) const MESSAGING_OPERATION_TYPE: &str = "messaging.operation.type";
pub(crate) const MESSAGING_SYSTEM: &str = "messaging.system";
/// tracehop's event: a handler failed, and the failure was taken care of.
pub(crate) const TRACEHOP_FAILURE_HANDLED: &str = "tracehop.failure_handled";

/// How many messages of a batch have no link for want of room, as tracehop knows: an integer.
pub(crate) const TRACEHOP_BATCH_LINKS_DROPPED: &str = "tracehop.batch.links_dropped";

/// What was wrong with the context headers of a message, as tracehop found: an array of strings.
pub(crate) const TRACEHOP_MESSAGE_PROBLEMS: &str = "tracehop.message.problems";

/// How often a message was tried, as whoever sends it on knows: an integer.
pub(crate) const TRACEHOP_MESSAGE_ATTEMPTS: &str = "tracehop.message.attempts";

/// Keys that most spans have. A span keeps no copy of them.
const COMMON: [&str; 40] = [
    "client.address",
    "code.file.path",
    "code.function.name",
    "code.line.number",
    "db.query.text",
    "db.system.name",
    "error.type",
    "exception.message",
    "exception.stacktrace",
    "exception.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.batch.message_count",
    "messaging.client.id",
    "messaging.consumer.group.name",
    "messaging.destination.name",
    "messaging.destination.partition.id",
    "messaging.destination.template",
    "messaging.kafka.message.key",
    "messaging.kafka.offset",
    "messaging.message.body.size",
    "messaging.message.id",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.rabbitmq.destination.routing_key",
    "messaging.rabbitmq.message.delivery_tag",
    "messaging.system",
    "network.peer.address",
    "network.peer.port",
    "network.protocol.name",
    "server.address",
    "server.port",
    "service.name",
    "session.id",
    "thread.id",
    "thread.name",
    "tracehop.message.attempts",
    "url.path",
    "user.id",
];

/// The key without a copy, if it is one that most spans have.
pub(crate) fn common(key: &str) -> Option<&'static str> {
    COMMON.binary_search(&key).ok().and_then(|place| COMMON.get(place).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_keys_are_found() {
        assert!(COMMON.is_sorted(), "a binary search needs it");
        for key in COMMON {
            assert_eq!(common(key), Some(key));
        }
        assert_eq!(common("messaging"), None);
    }
}
