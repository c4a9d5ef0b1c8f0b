//! The map.

use serde::Serialize;
use tracehop_journey::{DestinationMap, Gap, MapNode, NodeKind};

use super::numbers::{LatencyJson, real};

/// The map. Arrows name nodes by their places.
#[derive(Debug, Serialize)]
pub(crate) struct MapJson<'a> {
    seconds: f64,
    nodes: Vec<NodeJson<'a>>,
    arrows: Vec<ArrowJson<'a>>,
    left_out: usize,
}

#[derive(Debug, Serialize)]
struct NodeJson<'a> {
    kind: NodeKind,
    name: &'a str,
    system: &'a str,
    layer: usize,
    handling: LatencyJson,
    unhandled: u64,
}

#[derive(Debug, Serialize)]
struct ArrowJson<'a> {
    from: usize,
    to: usize,
    group: Option<&'a str>,
    count: u64,
    per_second: f64,
    errors: u64,
    latency: LatencyJson,
    gap: Option<Gap>,
}

impl<'a> From<&'a DestinationMap> for MapJson<'a> {
    fn from(map: &'a DestinationMap) -> Self {
        let arrows = map.arrows.iter().map(|arrow| ArrowJson {
            from: arrow.from,
            to: arrow.to,
            group: arrow.group.as_deref(),
            count: arrow.count,
            per_second: real(arrow.count) / map.seconds.max(1.0),
            errors: arrow.errors,
            latency: arrow.latency.into(),
            gap: arrow.gap,
        });
        Self {
            seconds: map.seconds,
            nodes: map.nodes.iter().map(NodeJson::from).collect(),
            arrows: arrows.collect(),
            left_out: map.left_out,
        }
    }
}

impl<'a> From<&'a MapNode> for NodeJson<'a> {
    fn from(node: &'a MapNode) -> Self {
        Self {
            kind: node.kind,
            name: &node.name,
            system: &node.system,
            layer: node.layer,
            handling: node.handling.into(),
            unhandled: node.unhandled,
        }
    }
}
