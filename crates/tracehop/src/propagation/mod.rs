//! Context in and out of headers: every rule about what stands on the wire, over any carrier.

mod baggage_filter;
mod budget;
mod builder;
mod carrier_extractor;
mod change;
mod context_format;
mod extract_report;
mod extracted;
mod format;
mod formats;
mod header_outcome;
mod lists;
mod message_propagator;
mod names;
mod problem;
mod problem_log;
mod propagation_outcome;
mod repeats;
mod text_map_format;
mod trust;
mod w3c_format;
mod w3c_reading;

pub use budget::Budget;
pub use builder::MessagePropagatorBuilder;
pub(crate) use change::PropagationChange;
pub use extract_report::{ExtractReport, ReportedHeader};
pub use extracted::Extracted;
pub use format::Format;
pub use header_outcome::HeaderOutcome;
pub use message_propagator::MessagePropagator;
pub use problem::{Problem, Problems};
pub(crate) use problem_log::ProblemLog;
pub(crate) use propagation_outcome::PropagationOutcome;
pub use repeats::Repeats;
pub use trust::Trust;
