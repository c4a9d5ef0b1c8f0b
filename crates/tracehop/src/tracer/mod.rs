//! The handle that users hold: what all clients share.

mod builder;
mod headers;
mod messaging_tracer;

pub use builder::MessagingTracerBuilder;
pub use messaging_tracer::MessagingTracer;
