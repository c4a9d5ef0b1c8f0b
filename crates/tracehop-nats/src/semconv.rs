//! Attribute keys and event names of NATS. The semantic conventions have none yet, so these are under the project's own
//! prefix.
//!
//! Those that all systems have are here too:
//!
//! ```
//! use tracehop_nats::semconv::{ERROR_TYPE, TRACEHOP_NATS_STREAM, TRACEHOP_REASON};
//! ```

/// The keys and events of core, which all systems share.
#[doc(no_inline)]
pub use tracehop::semconv::*;

/// The stream a message is stored in, a string.
pub const TRACEHOP_NATS_STREAM: &str = "tracehop.nats.stream";
/// The JetStream consumer that delivered a message, a string.
pub const TRACEHOP_NATS_CONSUMER: &str = "tracehop.nats.consumer";
/// How often a message was delivered, this time included, an integer.
pub const TRACEHOP_NATS_DELIVERY_COUNT: &str = "tracehop.nats.delivery_count";
/// How many messages the consumer still had to deliver when it delivered this one, an integer.
pub const TRACEHOP_NATS_PENDING: &str = "tracehop.nats.pending";
/// Whether the stream had the message already and did not store it again, a boolean that is only set if true.
pub const TRACEHOP_NATS_DUPLICATE: &str = "tracehop.nats.duplicate";

/// An event: the handler of a JetStream message asked the server for more time.
pub const TRACEHOP_PROGRESS: &str = "tracehop.progress";
