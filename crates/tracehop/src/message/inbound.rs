//! Messages that were got from a broker.

use std::time::SystemTime;

use super::{Describe, MessagingSystem};
use crate::carrier::Carrier;

/// A message that was got from a broker, as core sees it.
///
/// Implemented by adapters for their client's message types.
pub trait Inbound<S: MessagingSystem> {
    /// The facts for the spans. It should only borrow.
    fn info(&self) -> impl Describe + '_;

    /// The headers, to read the creation context from.
    fn headers(&self) -> impl Carrier + '_;

    /// When the message was made or stored, if the system says so. Only asked for if a
    /// [maximal age](crate::MessagingTracerBuilder::max_age) is set.
    fn sent_at(&self) -> Option<SystemTime> {
        None
    }
}
