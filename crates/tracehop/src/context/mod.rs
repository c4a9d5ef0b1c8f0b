//! Contexts: the one that travels with a message, and which messages this task and this process handle.

pub(crate) mod carried_tracestate;
pub(crate) mod content;
mod creation_context;
pub(crate) mod debug_flag;
pub(crate) mod handled;
pub(crate) mod process_record;
pub(crate) mod processing;

pub use creation_context::CreationContext;
pub use process_record::ProcessRecord;
