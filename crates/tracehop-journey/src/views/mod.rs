//! What screens show, computed from summaries and journeys. Each is plain data.

mod clock_skew;
mod durations;
mod hop;
mod latency;
mod map;
mod messages;
mod rows;
mod trouble;

pub use clock_skew::{ClockSkew, clock_skews};
pub use durations::Durations;
pub use hop::{HeatCell, HopDetail, HopQuery, SlowMessage, Spread};
pub use latency::Latency;
pub use map::{DestinationMap, MapArrow, MapLayout, MapNode, MapPoint, MapRoute, NodeKind};
pub use rows::{JourneyRow, RowKind};
pub use trouble::{Trouble, TroubleKind, TroubleLimits, troubles};
