//! Contexts: the one that travels with a message, and the messages that the current task is processing.

pub(crate) mod carried_tracestate;
mod creation_context;
pub(crate) mod processing;

pub use creation_context::CreationContext;
