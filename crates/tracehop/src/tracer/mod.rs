//! The handle that users hold: what all clients share.

mod builder;
mod headers;
mod messaging_tracer;
mod on_message;
mod shaping;

pub use builder::MessagingTracerBuilder;
pub use messaging_tracer::MessagingTracer;
pub(crate) use on_message::OnMessage;
