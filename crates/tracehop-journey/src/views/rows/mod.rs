//! The rows of a journey's waterfall, for a page.

mod journey_row;
mod row_builder;

pub use journey_row::{JourneyRow, RowKind};
