//! Attribute keys of the OpenTelemetry semantic conventions, [v1.44.0], that every messaging system shares, and the names of
//! the events that every system has.
//!
//! They are kept here, and not taken from the conventions' crate, because the messaging area is still in development:
//! the crate renames constants between minor versions and hides all of these behind an experimental feature. A test
//! compares the values with the crate's. Keys that only one system has stand in that system's adapter.
//!
//! [v1.44.0]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-spans.md

/// The value of `error.type` that the conventions demand where nothing better is known.
pub const ERROR_TYPE_OTHER: &str = "_OTHER";

/// How the attribute of a recorded header begins: its name in lower case follows. The value is an array of strings.
pub const HEADER_PREFIX: &str = "messaging.header.";

/// The version of the conventions the spans follow.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";

/// How many messages a batch operation handled, an integer.
pub const MESSAGING_BATCH_MESSAGE_COUNT: &str = "messaging.batch.message_count";
/// The client's own name, a string.
pub const MESSAGING_CLIENT_ID: &str = "messaging.client.id";
/// The consumer group, a string.
pub const MESSAGING_CONSUMER_GROUP_NAME: &str = "messaging.consumer.group.name";
/// Whether the destination has no name of its own, a boolean that is only set if true.
pub const MESSAGING_DESTINATION_ANONYMOUS: &str = "messaging.destination.anonymous";
/// Topic, queue or subject, a string.
pub const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";
/// The partition, a string even where it is a number.
pub const MESSAGING_DESTINATION_PARTITION_ID: &str = "messaging.destination.partition.id";
/// The pattern a destination's name was made from, a string of low cardinality.
pub const MESSAGING_DESTINATION_TEMPLATE: &str = "messaging.destination.template";
/// Whether the destination will vanish, a boolean that is only set if true.
pub const MESSAGING_DESTINATION_TEMPORARY: &str = "messaging.destination.temporary";
/// The size of the payload in bytes, an integer; opt-in.
pub const MESSAGING_MESSAGE_BODY_SIZE: &str = "messaging.message.body.size";
/// What ties the messages of one conversation together, a string.
pub const MESSAGING_MESSAGE_CONVERSATION_ID: &str = "messaging.message.conversation_id";
/// The message's own name, a string.
pub const MESSAGING_MESSAGE_ID: &str = "messaging.message.id";
/// The system's word for the operation, a string.
pub const MESSAGING_OPERATION_NAME: &str = "messaging.operation.name";
/// `create`, `send`, `receive`, `process` or `settle`.
pub const MESSAGING_OPERATION_TYPE: &str = "messaging.operation.type";
/// The messaging system, a string.
pub const MESSAGING_SYSTEM: &str = "messaging.system";
/// Why an operation failed, a string of low cardinality; never set on success.
pub const ERROR_TYPE: &str = "error.type";
/// The broker's name, a string.
pub const SERVER_ADDRESS: &str = "server.address";
/// The broker's port, an integer.
pub const SERVER_PORT: &str = "server.port";

/// A metric of the conventions: how long sends, receives and settlements took.
pub const MESSAGING_CLIENT_OPERATION_DURATION: &str = "messaging.client.operation.duration";
/// A metric of the conventions: how many messages were sent, or tried to be.
pub const MESSAGING_CLIENT_SENT_MESSAGES: &str = "messaging.client.sent.messages";
/// A metric of the conventions: how many messages were delivered to the application.
pub const MESSAGING_CLIENT_CONSUMED_MESSAGES: &str = "messaging.client.consumed.messages";
/// A metric of the conventions: how long messages were handled.
pub const MESSAGING_PROCESS_DURATION: &str = "messaging.process.duration";

/// How many messages of a batch, or of a transaction, have a creation context to which the span has no link, an integer.
pub const TRACEHOP_BATCH_LINKS_DROPPED: &str = "tracehop.batch.links_dropped";
/// How many messages of a batch carried a context that could not be read, an integer.
pub const TRACEHOP_BATCH_CONTEXTS_UNREADABLE: &str = "tracehop.batch.contexts_unreadable";
/// How many messages of a batch could not be sent, an integer.
pub const TRACEHOP_BATCH_FAILED_COUNT: &str = "tracehop.batch.failed_count";

/// Whether metrics are of destinations beyond the bound, a boolean that is only set if true.
pub const TRACEHOP_DESTINATION_OVERFLOW: &str = "tracehop.destination.overflow";
/// How many attempts a message has had that is sent on, an integer on the span of that send.
pub const TRACEHOP_MESSAGE_ATTEMPTS: &str = "tracehop.message.attempts";
/// What was wrong with a message's context headers, an array of strings as
/// [`Problem::as_str`](crate::Problem::as_str) has them, on spans of getting and of handling it. It is only set if something was.
pub const TRACEHOP_MESSAGE_PROBLEMS: &str = "tracehop.message.problems";
/// A metric: how many times messages were delivered.
pub const TRACEHOP_MESSAGE_DELIVERY_ATTEMPT: &str = "tracehop.message.delivery_attempt";
/// A metric: messages that were delivered before they were sent, as the clocks have it.
pub const TRACEHOP_MESSAGE_SKEWED: &str = "tracehop.message.skewed";
/// A metric: the time from the sending of a message to its delivery.
pub const TRACEHOP_MESSAGE_TIME_IN_QUEUE: &str = "tracehop.message.time_in_queue";
/// A metric: how many destinations have series of their own.
pub const TRACEHOP_METRICS_DESTINATIONS: &str = "tracehop.metrics.destinations";
/// A metric: messages by what became of their context.
pub const TRACEHOP_PROPAGATION_CONTEXTS: &str = "tracehop.propagation.contexts";
/// What became of a message's context, a string of few: `found`, `missing`, `malformed`, `repeated`, `written`, `kept`,
/// `stripped`, `ignored` or `refused`.
pub const TRACEHOP_PROPAGATION_OUTCOME: &str = "tracehop.propagation.outcome";
/// A metric: what was wrong with context headers.
pub const TRACEHOP_PROPAGATION_PROBLEMS: &str = "tracehop.propagation.problems";
/// What was wrong, a string of few, as [`Problem::as_str`](crate::Problem::as_str) has them.
pub const TRACEHOP_PROBLEM: &str = "tracehop.problem";

/// Which of the process's tracers a metric is of, an integer from 1.
pub const TRACEHOP_TRACER: &str = "tracehop.tracer";

/// An event: what was found in the message's headers.
pub const TRACEHOP_EXTRACTED: &str = "tracehop.extracted";
/// Whether the message's context counts, a boolean on that event.
pub const TRACEHOP_EXTRACT_CONTEXT: &str = "tracehop.extract.context";
/// The context headers and what became of each, an array of strings such as `traceparent: taken`.
pub const TRACEHOP_EXTRACT_HEADERS: &str = "tracehop.extract.headers";
/// How far the source is trusted: `full`, `link only` or `ignore`.
pub const TRACEHOP_EXTRACT_TRUST: &str = "tracehop.extract.trust";
/// An event: a handler failed, and its failure was taken care of, so that the span did not fail.
pub const TRACEHOP_FAILURE_HANDLED: &str = "tracehop.failure_handled";
/// An event: a message of a batch could not be sent, and has no span of its own to say so.
pub const TRACEHOP_MESSAGE_FAILED: &str = "tracehop.message_failed";
/// Where in its batch a message stands, an integer from 0 on an event.
pub const TRACEHOP_BATCH_PLACE: &str = "tracehop.batch.place";
/// An event: the transport refused context headers, and the message went without them.
pub const TRACEHOP_HEADER_REFUSED: &str = "tracehop.header_refused";
/// Why, a string on an event.
pub const TRACEHOP_REASON: &str = "tracehop.reason";
/// An event: nobody awaited the broker's answer to a send.
pub const TRACEHOP_UNCONFIRMED: &str = "tracehop.unconfirmed";
