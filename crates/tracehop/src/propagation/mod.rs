//! Context in and out of headers: every rule about what stands on the wire, over any carrier.

mod builder;
mod carrier_extractor;
mod context_format;
mod extracted;
mod message_propagator;
mod problem;
mod problem_log;
mod repeats;
mod text_map_format;
mod w3c_format;

pub use builder::MessagePropagatorBuilder;
pub use extracted::Extracted;
pub use message_propagator::MessagePropagator;
pub use problem::{Problem, Problems};
pub(crate) use problem_log::ProblemLog;
pub use repeats::Repeats;
