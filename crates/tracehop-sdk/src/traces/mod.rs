//! A tracer provider that is set up: sampler, resource, limits, processor and exporter.
//!
//! The `builder` puts it together, from what it is told and from what it finds in the environment: `sampling` knows
//! whether the sampler follows its parent, which the API does not tell. `messaging` hands that on to tracehop's tracer.

mod builder;
mod error;
#[cfg(feature = "messaging")]
mod messaging;
mod output;
mod sampling;
mod span_limits;
mod traces;

pub use builder::TracesBuilder;
pub use error::TracesError;
pub use traces::Traces;
