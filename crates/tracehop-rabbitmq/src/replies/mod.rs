//! The replies to requests: who waits for which, and the consumer that gets them.

mod pending_replies;
mod replies_slot;
mod reply_consumer;
mod request_error;

pub(crate) use pending_replies::{PendingReply, REPLY_QUEUE, is_request};
pub(crate) use replies_slot::RepliesSlot;
pub(crate) use reply_consumer::ReplyConsumer;
pub use request_error::RequestError;
