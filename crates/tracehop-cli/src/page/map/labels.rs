//! Where the words of each arrow stand, so that few of them cover one another.

use std::cmp::Reverse;

use tracehop_journey::MapPoint;

use super::place::{TALL, WIDE};
use super::said::{LINE, Said};
use super::way::{Spot, Way};
use crate::api::real;

#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn of(said: &Said, at: MapPoint) -> Self {
        let half = said.wide() / 2.0;
        Self {
            left: at.x - half,
            right: at.x + half,
            top: at.y - 6.0 - LINE * real(said.above.len()),
            bottom: at.y + 6.0 + LINE * real(said.below.len()),
        }
    }

    pub(super) fn of_node(at: MapPoint) -> Self {
        Self {
            left: at.x - WIDE / 2.0,
            right: at.x + WIDE / 2.0,
            top: at.y - TALL / 2.0,
            bottom: at.y + TALL / 2.0,
        }
    }

    /// How much of it both cover.
    pub(super) fn shared(self, other: Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }
}

/// The spot of each arrow: the first one that is free, or the one that covers least. Those with the fewest spots choose first.
pub(super) fn spots(nodes: &[MapPoint], arrows: &[(Said, Option<Way>)]) -> Vec<Spot> {
    let mut taken: Vec<Area> = nodes.iter().copied().map(Area::of_node).collect();
    let mut order: Vec<(usize, &Said, &Way)> = Vec::new();
    for (place, (said, way)) in arrows.iter().enumerate() {
        // What runs back has a lane to itself.
        if let Some(way @ Way::Forward(_)) = way {
            order.push((place, said, way));
        }
    }
    // Short ones have the fewest spots, tall words the fewest that are free.
    order.sort_by_key(|(_, said, way)| (way.passes(), Reverse(said.all().len())));
    let mut spots = vec![Spot::Middle; arrows.len()];
    for (place, said, way) in order {
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
        if let Some(slot) = spots.get_mut(place) {
            *slot = spot;
        }
    }
    spots
}
