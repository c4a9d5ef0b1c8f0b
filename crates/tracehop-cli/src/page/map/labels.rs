//! Where the words of each arrow stand, so that few of them cover one another.

use tracehop_journey::{MapLayout, MapPoint};

use super::place::{Scale, TALL, WIDE};
use super::said::Said;
use super::way::{Spot, Way};
use crate::api::real;

/// How wide a character is, about.
const LETTER: f64 = 6.4;

/// How tall a line is.
pub(super) const LINE: f64 = 12.0;

#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Area {
    fn of(said: &Said, at: MapPoint) -> Self {
        let letters = said.all().iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let half = real(letters) * LETTER / 2.0;
        Self {
            left: at.x - half,
            right: at.x + half,
            top: at.y - 6.0 - LINE * real(said.above.len()),
            bottom: at.y + 6.0 + LINE * real(said.below.len()),
        }
    }

    fn of_node(at: MapPoint) -> Self {
        Self {
            left: at.x - WIDE / 2.0,
            right: at.x + WIDE / 2.0,
            top: at.y - TALL / 2.0,
            bottom: at.y + TALL / 2.0,
        }
    }

    /// How much of it both cover.
    fn shared(self, other: Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }
}

/// The spot of each arrow: the first one that is free, or the one that covers least. Those with the fewest spots choose first.
pub(super) fn spots(layout: &MapLayout, scale: &Scale, arrows: &[(Said, Option<Way>)]) -> Vec<Spot> {
    let mut taken: Vec<Area> = layout.nodes.iter().map(|node| Area::of_node(scale.point(*node))).collect();
    let mut order: Vec<usize> = (0..arrows.len()).collect();
    // Short ones have the fewest spots, tall words the fewest that are free.
    order.sort_by_key(|&arrow| {
        arrows
            .get(arrow)
            .map(|(said, way)| (way.as_ref().map(Way::passes), std::cmp::Reverse(said.all().len())))
    });
    let mut spots = vec![Spot::Middle; arrows.len()];
    for arrow in order {
        let Some((said, Some(way))) = arrows.get(arrow) else { continue };
        let mut best: Option<(f64, Spot, Area)> = None;
        for spot in way.spots() {
            let area = Area::of(said, way.point(spot));
            let covered: f64 = taken.iter().map(|other| area.shared(*other)).sum();
            if best.as_ref().is_none_or(|(least, ..)| covered + 1.0 < *least) {
                best = Some((covered, spot, area));
            }
        }
        let Some((_, spot, area)) = best else { continue };
        taken.push(area);
        if let Some(slot) = spots.get_mut(arrow) {
            *slot = spot;
        }
    }
    spots
}
