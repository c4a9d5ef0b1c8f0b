//! Where the words of each arrow stand, so that none of them cover one another.

use std::cmp::Reverse;

use tracehop_journey::MapPoint;

use super::place::{TALL, WIDE};
use super::said::{LINE, Said};
use super::way::{Spot, Way};
use crate::api::real;

/// Less than this is nothing, in square pixels.
const LEAST: f64 = 0.001;

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

/// What is drawn of an arrow's words, and where.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) said: Said,
    pub(super) spot: Spot,
}

/// The label of each arrow: on the first spot that is free. Words that find none are shortened, down to nothing: what covers others
/// cannot be read. Those with the fewest spots choose first.
pub(super) fn labels(nodes: &[MapPoint], arrows: &[(Said, Option<Way>)]) -> Vec<Label> {
    let mut taken: Vec<Area> = nodes.iter().copied().map(Area::of_node).collect();
    // What runs back has a lane to itself.
    let mut labels: Vec<Label> =
        arrows.iter().map(|(said, _)| Label { said: said.clone(), spot: Spot::Middle }).collect();
    let mut order: Vec<(&Way, &mut Label)> = Vec::new();
    for ((_, way), label) in arrows.iter().zip(&mut labels) {
        if let Some(way @ Way::Forward(_)) = way {
            order.push((way, label));
        }
    }
    // Short ones have the fewest spots, tall words the fewest that are free.
    order.sort_by_key(|(way, label)| (way.passes(), Reverse(label.said.all().len())));
    for (way, label) in order {
        let spots = way.spots();
        let on_spots = label.said.shorter().into_iter().flat_map(|said| {
            let of =
                |spot: &Spot| (Area::of(&said, way.point(*spot)), Label { said: said.clone(), spot: *spot });
            spots.iter().map(of).collect::<Vec<_>>()
        });
        let is_free = |(area, _): &(Area, Label)| !taken.iter().any(|other| area.shared(*other) > LEAST);
        let found = { on_spots }.find(is_free);
        match found {
            Some((area, free)) => {
                taken.push(area);
                *label = free;
            }
            None => label.said = Said::default(),
        }
    }
    labels
}
