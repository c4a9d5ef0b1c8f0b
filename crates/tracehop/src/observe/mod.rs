//! Who watches operations: spans, which are nearly always there, and the observers of the user's choice.

mod any_tracer;
mod attribute_stage;
mod baggage_stage;
mod body_size_stage;
mod header_stage;
mod hook_message;
mod hook_stage;
mod hooks;
mod links;
mod message_key_stage;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(feature = "metrics"))]
mod no_metrics;
mod observed;
mod observer;
mod observers;
mod route_facts;
mod span_attributes;
mod span_request;
mod span_slot;
mod spans;
mod tracer_source;

pub(crate) use attribute_stage::AttributeStage;
pub(crate) use baggage_stage::BaggageStage;
pub(crate) use body_size_stage::BodySizeStage;
pub(crate) use header_stage::HeaderStage;
pub use hook_message::HookMessage;
pub(crate) use hook_message::{Headers, NO_HEADERS};
pub(crate) use hook_stage::{HookStage, SpanHook};
pub(crate) use hooks::Hooks;
pub(crate) use links::Links;
pub(crate) use message_key_stage::MessageKeyStage;
#[cfg(feature = "metrics")]
pub use metrics::MessagingMetrics;
#[cfg(feature = "metrics")]
pub(crate) use metrics::{Metered, Metrics, Series};
#[cfg(not(feature = "metrics"))]
pub(crate) use no_metrics::{Metered, Metrics, Series};
pub(crate) use observed::Observed;
pub use observer::{EndedOperation, Observer, StartedOperation};
pub(crate) use observer::{Failed, OperationFacts};
pub(crate) use observers::Observers;
pub(crate) use route_facts::RouteFacts;
pub use span_attributes::SpanAttributes;
pub(crate) use span_request::SpanRequest;
pub(crate) use span_slot::SpanSlot;
pub(crate) use spans::Spans;
pub(crate) use tracer_source::TracerSource;
