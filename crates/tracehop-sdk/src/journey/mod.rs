//! Finished spans → journeys → text.
//!
//! The data flows in one direction: `exporter` stores what `span` keeps of each span, and `join` groups the spans into
//! journeys. For both, `carried` says which
//! contexts travelled with a span's messages. For each `journey`, `handover` finds which send brought which handler its message, and `tree` puts all spans
//! in order. `hop`, `critical_path`, `waterfall`, `table` and `dependency_table` are views of that.

mod carried;
mod color;
mod critical_path;
mod dependency_table;
mod duration;
mod exporter;
mod handover;
mod hop;
mod index;
mod join;
mod journey;
mod role;
mod span;
mod table;
mod text;
mod tree;
mod waterfall;

pub use color::Color;
pub use dependency_table::{Dependency, DependencyTable};
pub use exporter::JourneyExporter;
pub use hop::Hop;
pub use journey::Journey;
pub use role::Role;
pub use span::JourneySpan;
pub use table::{HopRow, HopTable, Percentiles};
pub use waterfall::Waterfall;
