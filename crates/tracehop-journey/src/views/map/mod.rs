//! Services and destinations, and what flows between them.

mod crossings;
mod destination_map;
mod flows;
mod lanes;
mod layers;
mod lines;
mod map_layout;
mod map_parts;

pub use destination_map::DestinationMap;
pub use map_layout::{MapLayout, MapPoint, MapRoute};
pub use map_parts::{MapArrow, MapNode, NodeKind};
