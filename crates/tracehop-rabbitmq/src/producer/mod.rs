//! Publishing.

mod answer;
mod dropped_confirms;
mod forward;
mod kept_confirm;
mod publish;
mod reply;
mod requester;
mod return_key;
mod traced_confirm;

pub(crate) use dropped_confirms::DroppedConfirms;
pub(crate) use forward::{copy_of, taken};
pub(crate) use publish::start_publish;
pub use requester::Requester;
pub use traced_confirm::TracedConfirm;
pub(crate) use traced_confirm::Unanswered;
