//! `tracehop trace`: the journeys of one trace, in the terminal.

mod hop_json;
mod shown;
mod trace_args;
mod trace_json;

pub use shown::Shown;
pub use trace_args::TraceArgs;
