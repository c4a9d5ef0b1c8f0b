//! Where things are drawn.

use std::collections::HashMap;

use tracehop_journey::{DestinationMap, MapLayout, MapPoint, NodeKind};

use super::layer::layer;
use super::said::{LINE, Said};
use super::tracks::{Track, Tracks};
use crate::api::real;

/// How wide and tall a node is, in pixels.
pub(super) const WIDE: f64 = 106.0;
pub(super) const TALL: f64 = 42.0;

/// From one layer to the next, at least: room for a rate, or for the percentiles of a wait.
const NARROW: f64 = 58.0;
const BROAD: f64 = 84.0;

/// Words take no more of the way between two layers than leaves this.
const BESIDE_WORDS: f64 = 14.0;

/// Words that stand one after the other between two layers: how much each takes at least, what is between them, and how many there
/// are at most.
const ABREAST: f64 = 62.0;
const BETWEEN_WORDS: f64 = 8.0;
const MOST_ABREAST: u32 = 3;

/// From one node to the one below: enough for what stands on their arrows.
const STEP_Y: f64 = 98.0;

/// Around the drawing.
const MARGIN: f64 = 12.0;

/// Around the words of an arrow that runs back, above and below.
const BETWEEN_LANES: f64 = 14.0;

/// Wider drawings are not made smaller, because nobody could read them, but scroll.
const WIDEST: f64 = 1_900.0;

/// From the abstract units of a layout to pixels.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    pub(super) width: f64,
    pub(super) height: f64,
    layers: Vec<Layer>,
    /// The y of each lane in which arrows run back, below all nodes.
    lanes: Vec<f64>,
    leaving: Tracks,
    arriving: Tracks,
}

/// Where a layer stands, from left to right: tracks of arrows that come back, nodes, tracks of those that go back.
#[derive(Clone, Copy, Debug, Default)]
struct Layer {
    left: f64,
    nodes: f64,
    right: f64,
}

impl Scale {
    pub(super) fn of(map: &DestinationMap, layout: &MapLayout, said: &[Said]) -> Self {
        let (leaving, arriving) = (Tracks::leaving(layout), Tracks::arriving(layout));
        let mut layers = Vec::new();
        let mut left = MARGIN;
        for (layer, gap) in gaps(map, layout, said).into_iter().enumerate() {
            let room = |tracks: &Tracks| tracks.room.get(layer).copied().unwrap_or_default();
            let nodes = left + room(&arriving);
            let right = nodes + WIDE + room(&leaving);
            layers.push(Layer { left, nodes, right });
            left = right + gap;
        }
        let below = layout.height * STEP_Y + TALL + 2.0 * MARGIN + 62.0;
        let (lanes, height) = lanes(layout, said, below);
        let width = layers.last().map_or(MARGIN, |layer| layer.right) + MARGIN;
        Self { width, height, layers, lanes, leaving, arriving }
    }

    /// Whether it can be read when it is as wide as the page.
    pub(super) fn fits(&self) -> bool {
        self.width <= WIDEST
    }

    /// The middle of a node.
    pub(super) fn point(&self, point: MapPoint) -> MapPoint {
        MapPoint {
            x: self.layer(point.x).nodes + WIDE / 2.0,
            y: point.y * STEP_Y + MARGIN + 14.0 + TALL / 2.0,
        }
    }

    /// From where to where nothing but level arrows passes the layer of a point.
    pub(super) fn sides(&self, point: MapPoint) -> (f64, f64) {
        let layer = self.layer(point.x);
        (layer.left, layer.right)
    }

    /// The y of a lane.
    pub(super) fn lane(&self, lane: usize) -> f64 {
        self.lanes.get(lane).copied().unwrap_or_default()
    }

    /// The tracks of both ends of an arrow that runs back.
    pub(super) fn tracks(&self, arrow: usize) -> Option<(Track, Track)> {
        let of = |tracks: &Tracks| tracks.all.get(arrow).copied().flatten();
        Some((of(&self.leaving)?, of(&self.arriving)?))
    }

    /// What is below all nodes.
    #[cfg(test)]
    pub(super) fn first_lane(&self) -> Option<f64> {
        self.lanes.first().copied()
    }

    fn layer(&self, x: f64) -> Layer {
        self.layers.get(layer(x)).or(self.layers.last()).copied().unwrap_or_default()
    }
}

/// How wide it is behind each layer, so that all words find room there.
fn gaps(map: &DestinationMap, layout: &MapLayout, said: &[Said]) -> Vec<f64> {
    let last = layer(layout.width);
    let mut gaps = vec![NARROW; last + 1];
    if let Some(gap) = gaps.get_mut(last) {
        *gap = 0.0;
    }
    let mut abreast: HashMap<(usize, usize), (f64, u32)> = HashMap::new();
    for ((arrow, route), said) in map.arrows.iter().zip(&layout.arrows).zip(said) {
        let (Some(from), Some(to)) = (route.points.first(), route.points.last()) else { continue };
        if route.backward {
            continue;
        }
        let is_out = map.nodes.get(arrow.from).is_some_and(|node| node.kind == NodeKind::Destination);
        let mut wanted = (said.wide() + BESIDE_WORDS).max(if is_out { BROAD } else { NARROW });
        if layer(from.x) + 1 == layer(to.x) {
            let (widest, count) = abreast.entry((arrow.from, arrow.to)).or_default();
            (*widest, *count) = (said.wide().max(*widest), *count + 1);
            if *count > 1 {
                wanted =
                    wanted.max((*widest + BETWEEN_WORDS).max(ABREAST) * f64::from(MOST_ABREAST.min(*count)));
            }
        }
        for place in [layer(from.x), layer(to.x).saturating_sub(1)] {
            if let Some(gap) = gaps.get_mut(place) {
                *gap = wanted.max(*gap);
            }
        }
    }
    gaps
}

/// The y of each lane below the nodes, as tall as what stands in it, and that of the end.
fn lanes(layout: &MapLayout, said: &[Said], below: f64) -> (Vec<f64>, f64) {
    let backward = || layout.arrows.iter().zip(said).filter(|(route, _)| route.backward);
    let count = backward().map(|(route, _)| route.lane + 1).max().unwrap_or(0);
    let mut words = vec![(0, 0); count];
    for (route, said) in backward() {
        if let Some((above, below)) = words.get_mut(route.lane) {
            *above = said.above.len().max(*above);
            *below = said.below.len().max(*below);
        }
    }
    let mut end = below;
    let lanes = words.into_iter().map(|(above, below)| {
        let lane = end + LINE * real(above) + BETWEEN_LANES / 2.0;
        end = lane + LINE * real(below) + BETWEEN_LANES / 2.0;
        lane
    });
    let lanes: Vec<f64> = lanes.collect();
    let margin = if lanes.is_empty() { 0.0 } else { MARGIN / 2.0 };
    (lanes, end + margin)
}
