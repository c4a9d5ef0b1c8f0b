//! Where things are drawn.

use tracehop_journey::{MapLayout, MapPoint};

/// How wide and tall a node is, in pixels.
pub(super) const WIDE: f64 = 112.0;
pub(super) const TALL: f64 = 42.0;

/// How far apart nodes stand: enough for three numbers on an arrow.
const STEP_X: f64 = 200.0;
const STEP_Y: f64 = 98.0;

/// Around the drawing.
const MARGIN: f64 = 12.0;

/// Wider drawings are not made smaller, because nobody could read them, but scroll.
const WIDEST: f64 = 1_600.0;

/// From the abstract units of a layout to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Backward arrows run below all nodes.
    pub(super) below: f64,
}

impl Scale {
    pub(super) fn of(layout: &MapLayout) -> Self {
        let has_backward = layout.arrows.iter().any(|arrow| arrow.backward);
        let below = layout.height * STEP_Y + TALL + 2.0 * MARGIN + 44.0;
        Self {
            width: layout.width * STEP_X + WIDE + 2.0 * MARGIN,
            height: below + if has_backward { 46.0 } else { 0.0 },
            below,
        }
    }

    /// Whether it can be read when it is as wide as the page.
    pub(super) fn fits(self) -> bool {
        self.width <= WIDEST
    }

    /// The middle of a node.
    pub(super) fn point(point: MapPoint) -> MapPoint {
        MapPoint {
            x: point.x * STEP_X + MARGIN + WIDE / 2.0,
            y: point.y * STEP_Y + MARGIN + 14.0 + TALL / 2.0,
        }
    }
}
