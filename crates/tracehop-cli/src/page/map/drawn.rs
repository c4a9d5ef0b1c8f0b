//! Where everything of a map is drawn.

use tracehop_journey::{DestinationMap, MapLayout, MapPoint, NodeKind};

use super::labels::{Label, labels};
use super::place::Scale;
use super::said::Said;
use super::way::Way;

/// Where everything of a map is drawn, in the order of its nodes and its arrows.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) scale: Scale,
    /// The middle of each node.
    pub(super) nodes: Vec<MapPoint>,
    pub(super) arrows: Vec<DrawnArrow>,
}

/// What is said of an arrow, its way if its nodes are there, and what of the words is drawn where.
#[derive(Debug)]
pub(super) struct DrawnArrow {
    pub(super) said: Said,
    pub(super) way: Option<Way>,
    pub(super) label: Label,
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
        let labels = labels(&nodes, &ways);
        let arrows = ways.into_iter().zip(labels).map(|((said, way), label)| DrawnArrow { said, way, label });
        let arrows = arrows.collect();
        Self { scale, nodes, arrows }
    }
}

#[cfg(test)]
mod tests;
