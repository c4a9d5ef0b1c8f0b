//! How the crate `tracing` learns which message is being processed. Without the feature `tracing` there is no bridge, and a
//! [`HandlerScope`] is nothing.

#[cfg(feature = "tracing")]
mod adopted_span;
#[cfg(feature = "tracing")]
mod announcement;
#[cfg(feature = "tracing")]
mod bridged_handler;
#[cfg(feature = "tracing")]
mod bridged_span;
#[cfg(feature = "tracing")]
mod bridged_tracer;
mod handler_scope;
#[cfg(feature = "tracing")]
mod handling;
#[cfg(feature = "tracing")]
mod here;
#[cfg(feature = "tracing")]
mod layer_kind;
#[cfg(feature = "tracing")]
mod tracing_bridge;

#[cfg(feature = "tracing")]
pub use bridged_span::BridgedSpan;
#[cfg(feature = "tracing")]
pub use bridged_tracer::BridgedTracer;
pub(crate) use handler_scope::HandlerScope;
#[cfg(feature = "tracing")]
pub use tracing_bridge::TracingBridge;
