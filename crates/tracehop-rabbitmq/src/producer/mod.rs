//! Publishing.

mod publish;
mod traced_confirm;

pub(crate) use publish::start_publish;
pub use traced_confirm::TracedConfirm;
