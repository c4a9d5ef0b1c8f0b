//! Services and destinations, and what flows between them.

mod crossings;
mod destination_map;
mod flows;
mod layers;
mod lines;
mod map_layout;

pub use destination_map::{DestinationMap, MapArrow, MapNode, NodeKind};
pub use map_layout::{MapLayout, MapPoint, MapRoute};
