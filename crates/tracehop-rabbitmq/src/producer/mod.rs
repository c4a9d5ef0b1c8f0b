//! Publishing.

mod answer;
mod dropped_confirms;
mod forward;
mod kept_confirm;
mod outgoing_message;
mod publish;
mod publish_all;
mod published_batch;
mod reply;
mod requester;
mod return_key;
mod traced_confirm;

pub(crate) use dropped_confirms::DroppedConfirms;
pub(crate) use forward::{copy_of, taken};
pub use outgoing_message::OutgoingMessage;
pub(crate) use publish::{hand_over, start_publish};
pub use requester::Requester;
pub use traced_confirm::TracedConfirm;
