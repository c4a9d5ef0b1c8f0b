//! Which hop.

use crate::summary::{HopRecord, UnhandledSend, UnmatchedHandler};

/// Which hop: a destination, and if given the services on both sides and the group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HopQuery {
    /// The destination.
    pub destination: String,
    /// The service that sends.
    pub producer: Option<String>,
    /// The service that handles.
    pub consumer: Option<String>,
    /// The consumer group.
    pub group: Option<String>,
}

impl HopQuery {
    /// Whether a message went this way.
    pub fn matches(&self, hop: &HopRecord) -> bool {
        let agrees = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|it| it == value);
        *hop.destination == *self.destination
            && agrees(&self.producer, &hop.producer)
            && agrees(&self.consumer, &hop.consumer)
            && agrees(&self.group, hop.group.as_deref().unwrap_or_default())
    }

    /// Whether a handler of messages that no known send has brought stands on this way, for all that is known: who sent them may not be.
    pub fn may_have(&self, handler: &UnmatchedHandler) -> bool {
        let agrees = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|it| it == value);
        *handler.destination == *self.destination
            && handler.producer.as_ref().is_none_or(|producer| agrees(&self.producer, producer))
            && agrees(&self.consumer, &handler.consumer)
            && agrees(&self.group, handler.group.as_deref().unwrap_or_default())
    }

    /// Whether a message that nobody has handled would have gone this way, for all that is known: who would handle it is not.
    pub fn may_match(&self, send: &UnhandledSend) -> bool {
        *send.destination == *self.destination
            && self.producer.as_deref().is_none_or(|it| it == &*send.producer)
    }
}
