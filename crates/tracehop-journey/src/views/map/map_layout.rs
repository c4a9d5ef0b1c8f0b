//! Where the nodes and arrows of a map are drawn.

use std::collections::BTreeSet;

use super::crossings::{Layered, to_f64};
use super::destination_map::DestinationMap;
use super::lanes::lanes;
use super::lines::heights;

/// How many points arrows pass between nodes, at most. Arrows that find no room for theirs run straight.
const MAX_BENDS: usize = 4_000;

/// Where the nodes and arrows of a [`DestinationMap`] are drawn, in abstract units: a node is a point, one unit to the right of
/// the layer before it, and at least one unit below the node above it.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MapLayout {
    /// The x of the rightmost node. The leftmost one has 0.
    pub width: f64,
    /// The y of the lowest point of a node or of an arrow. The topmost one has 0.
    pub height: f64,
    /// The point of each node, in the order of [`DestinationMap::nodes`].
    pub nodes: Vec<MapPoint>,
    /// The way of each arrow, in the order of [`DestinationMap::arrows`].
    pub arrows: Vec<MapRoute>,
}

/// A point of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MapPoint {
    /// From left to right.
    pub x: f64,
    /// From top to bottom.
    pub y: f64,
}

/// The way of an arrow.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MapRoute {
    /// From the node where it begins, past the nodes between, to the node where it ends.
    pub points: Vec<MapPoint>,
    /// Whether it runs against the direction of the map, because it closes a cycle. Then it has only its two ends, and should be
    /// drawn around what is between.
    pub backward: bool,
    /// The lane below all nodes for an arrow that runs backward, from 0 at the top: those that would lie on one another have
    /// different ones. It means nothing for other arrows.
    pub lane: usize,
}

impl MapLayout {
    /// Lays a map out: layers from left to right, few crossings, arrows as level as they can be. The same map always looks the same.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// use tracehop_journey::{DestinationMap, Latency, MapArrow, MapLayout, MapNode, NodeKind};
    ///
    /// let node = |kind, name: &str, layer| MapNode {
    ///     kind, name: name.to_owned(), system: String::new(), layer, handling: Latency::default(), unhandled: 0,
    /// };
    /// let arrow = |from, to| MapArrow {
    ///     from, to, group: None, count: 1, errors: 0, latency: Latency::default(), gap: None,
    /// };
    /// let map = DestinationMap {
    ///     nodes: vec![
    ///         node(NodeKind::Service, "checkout", 0),
    ///         node(NodeKind::Destination, "orders", 1),
    ///         node(NodeKind::Service, "billing", 2),
    ///         node(NodeKind::Service, "shipping", 2),
    ///     ],
    ///     arrows: vec![arrow(0, 1), arrow(1, 2), arrow(1, 3)],
    ///     ..DestinationMap::default()
    /// };
    /// let layout = MapLayout::of(&map);
    /// assert_eq!((layout.width, layout.height), (2.0, 1.0));
    /// assert_eq!((layout.nodes[1].x, layout.nodes[1].y), (1.0, 0.5), "orders is between the two");
    /// ```
    pub fn of(map: &DestinationMap) -> Self {
        // Layers of any numbers become 0, 1, 2, ...
        let numbers: Vec<usize> =
            map.nodes.iter().map(|node| node.layer).collect::<BTreeSet<_>>().into_iter().collect();
        let columns: Vec<usize> =
            map.nodes.iter().map(|node| numbers.binary_search(&node.layer).unwrap_or_default()).collect();
        let mut items = Items::new(&columns, numbers.len());
        let ways: Vec<Way> = map.arrows.iter().map(|arrow| items.add(arrow.from, arrow.to)).collect();
        items.layered.reduce_crossings();
        let heights = heights(&items.layered);
        let point = |item: usize| {
            let x = items.columns.get(item).copied().map_or(0.0, to_f64);
            MapPoint { x, y: heights.get(item).copied().unwrap_or(0.0) }
        };
        let nodes: Vec<MapPoint> = (0..columns.len()).map(point).collect();
        let lanes = lanes_of(&ways, &columns);
        let route = |(way, lane): (Way, usize)| MapRoute {
            points: way.items.into_iter().map(point).collect(),
            backward: way.backward,
            lane,
        };
        Self {
            width: nodes.iter().map(|point| point.x).fold(0.0, f64::max),
            height: heights.iter().copied().fold(0.0, f64::max),
            nodes,
            arrows: ways.into_iter().zip(lanes).map(route).collect(),
        }
    }
}

/// The lane of each way that runs backward, and 0 of the others.
fn lanes_of(ways: &[Way], columns: &[usize]) -> Vec<usize> {
    let column = |item: Option<&usize>| item.and_then(|item| columns.get(*item)).copied().unwrap_or(0);
    let (places, stretches): (Vec<usize>, Vec<(usize, usize)>) = ways
        .iter()
        .enumerate()
        .filter(|(_, way)| way.backward)
        .map(|(place, way)| (place, (column(way.items.last()), column(way.items.first()))))
        .unzip();
    let mut all = vec![0; ways.len()];
    for (place, lane) in places.into_iter().zip(lanes(&stretches)) {
        if let Some(slot) = all.get_mut(place) {
            *slot = lane;
        }
    }
    all
}

/// The nodes, and a bend of each long arrow in each layer that it passes.
struct Items {
    layered: Layered,
    /// The column of each node and each bend.
    columns: Vec<usize>,
    nodes: usize,
    bends: usize,
}

struct Way {
    items: Vec<usize>,
    backward: bool,
}

impl Items {
    fn new(columns: &[usize], layers: usize) -> Self {
        let mut layered = Layered {
            layers: vec![Vec::new(); layers],
            before: vec![Vec::new(); columns.len()],
            after: vec![Vec::new(); columns.len()],
        };
        for (node, &column) in columns.iter().enumerate() {
            if let Some(layer) = layered.layers.get_mut(column) {
                layer.push(node);
            }
        }
        Self { layered, columns: columns.to_vec(), nodes: columns.len(), bends: 0 }
    }

    fn add(&mut self, from: usize, to: usize) -> Way {
        let column = |node: usize| self.columns.get(node).copied().filter(|_| node < self.nodes);
        let ends = (column(from), column(to));
        let (Some(first), Some(last)) = ends else { return Way { items: Vec::new(), backward: false } };
        if first >= last {
            return Way { items: vec![from, to], backward: true };
        }
        let mut items = vec![from];
        if self.bends + (last - first) <= MAX_BENDS {
            items.extend((first + 1..last).map(|column| self.bend(column)));
        }
        items.push(to);
        for (&from, &to) in items.iter().zip(items.iter().skip(1)) {
            // Without its bends, an arrow does not lead to the next layer, and has no say.
            if self.columns.get(from).map(|column| column + 1) == self.columns.get(to).copied() {
                self.join(from, to);
            }
        }
        Way { items, backward: false }
    }

    fn bend(&mut self, column: usize) -> usize {
        let item = self.columns.len();
        self.bends += 1;
        self.columns.push(column);
        self.layered.before.push(Vec::new());
        self.layered.after.push(Vec::new());
        if let Some(layer) = self.layered.layers.get_mut(column) {
            layer.push(item);
        }
        item
    }

    fn join(&mut self, from: usize, to: usize) {
        if let Some(after) = self.layered.after.get_mut(from) {
            after.push(to);
        }
        if let Some(before) = self.layered.before.get_mut(to) {
            before.push(from);
        }
    }
}
