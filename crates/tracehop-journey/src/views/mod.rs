//! What screens show, computed from summaries and journeys. Each is plain data.

mod destination_map;
mod hop_detail;
mod journey_rows;
mod latency;
mod trouble;

pub use destination_map::{DestinationMap, MapArrow, MapNode, NodeKind};
pub use hop_detail::{HeatCell, HopDetail, HopQuery, SlowMessage, Spread};
pub use journey_rows::{JourneyRow, RowKind};
pub use latency::Latency;
pub use trouble::{Trouble, TroubleKind};
