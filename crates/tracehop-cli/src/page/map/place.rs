//! Where things are drawn.

use tracehop_journey::{DestinationMap, MapLayout, MapPoint, NodeKind};

use crate::api::real;

/// How wide and tall a node is, in pixels.
pub(super) const WIDE: f64 = 106.0;
pub(super) const TALL: f64 = 42.0;

/// From one layer to the next: room for a rate, or for the percentiles of a wait.
const NARROW: f64 = 58.0;
const BROAD: f64 = 84.0;

/// From one node to the one below: enough for what stands on their arrows.
const STEP_Y: f64 = 98.0;

/// Around the drawing.
const MARGIN: f64 = 12.0;

/// Wider drawings are not made smaller, because nobody could read them, but scroll.
const WIDEST: f64 = 1_900.0;

/// From the abstract units of a layout to pixels.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Backward arrows run below all nodes.
    pub(super) below: f64,
    /// Where each layer begins.
    layers: Vec<f64>,
}

impl Scale {
    pub(super) fn of(map: &DestinationMap, layout: &MapLayout) -> Self {
        let mut broad = vec![false; layer(layout.width)];
        for (arrow, route) in map.arrows.iter().zip(&layout.arrows) {
            let is_out = map.nodes.get(arrow.from).is_some_and(|node| node.kind == NodeKind::Destination);
            let ends =
                [route.points.first().map(|it| layer(it.x)), route.points.last().map(|it| layer(it.x))];
            let [Some(first), Some(last)] = ends else { continue };
            for gap in [first, last.saturating_sub(1)] {
                if let Some(gap) = broad.get_mut(gap).filter(|_| is_out && !route.backward) {
                    *gap = true;
                }
            }
        }
        let mut layers = vec![MARGIN];
        for is_broad in broad {
            let before = layers.last().copied().unwrap_or_default();
            layers.push(before + WIDE + if is_broad { BROAD } else { NARROW });
        }
        let has_backward = layout.arrows.iter().any(|arrow| arrow.backward);
        let below = layout.height * STEP_Y + TALL + 2.0 * MARGIN + 62.0;
        Self {
            width: layers.last().copied().unwrap_or_default() + WIDE + MARGIN,
            height: below + if has_backward { 62.0 } else { 0.0 },
            below,
            layers,
        }
    }

    /// Whether it can be read when it is as wide as the page.
    pub(super) fn fits(&self) -> bool {
        self.width <= WIDEST
    }

    /// The middle of a node.
    pub(super) fn point(&self, point: MapPoint) -> MapPoint {
        let begins = self.layers.get(layer(point.x)).or(self.layers.last()).copied().unwrap_or_default();
        MapPoint { x: begins + WIDE / 2.0, y: point.y * STEP_Y + MARGIN + 14.0 + TALL / 2.0 }
    }
}

/// Layers stand at whole numbers.
fn layer(x: f64) -> usize {
    (0..10_000_usize).find(|&layer| real(layer) + 0.5 > x).unwrap_or(0)
}
