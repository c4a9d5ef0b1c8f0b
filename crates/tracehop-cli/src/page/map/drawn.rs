//! Where everything of a map is drawn.

use tracehop_journey::{DestinationMap, MapLayout, MapPoint, NodeKind};

use super::labels::spots;
use super::place::Scale;
use super::said::Said;
use super::way::{Spot, Way};

/// Where everything of a map is drawn, in the order of its nodes and its arrows.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) scale: Scale,
    /// The middle of each node.
    pub(super) nodes: Vec<MapPoint>,
    pub(super) arrows: Vec<DrawnArrow>,
}

/// What stands on an arrow, its way if its nodes are there, and where on it the words stand.
#[derive(Debug)]
pub(super) struct DrawnArrow {
    pub(super) said: Said,
    pub(super) way: Option<Way>,
    pub(super) spot: Spot,
}

impl Drawn {
    pub(super) fn of(map: &DestinationMap) -> Self {
        let layout = MapLayout::of(map);
        let said: Vec<Said> = map.arrows.iter().map(|flow| Said::of(map, flow)).collect();
        let scale = Scale::of(map, &layout, &said);
        let kind = |node: usize| map.nodes.get(node).map_or(NodeKind::Service, |node| node.kind);
        let routes = layout.arrows.iter().enumerate().zip(&map.arrows).zip(said);
        let ways: Vec<(Said, Option<Way>)> = routes
            .map(|((route, flow), said)| {
                let way = Way::of(route, [kind(flow.from), kind(flow.to)], said.wide(), &scale);
                (said, way)
            })
            .collect();
        let nodes: Vec<MapPoint> = layout.nodes.iter().map(|node| scale.point(*node)).collect();
        let spots = spots(&nodes, &ways);
        let arrows = ways.into_iter().zip(spots).map(|((said, way), spot)| DrawnArrow { said, way, spot });
        let arrows = arrows.collect();
        Self { scale, nodes, arrows }
    }
}

#[cfg(test)]
mod tests;
