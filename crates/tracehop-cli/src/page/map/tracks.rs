//! Where arrows that run back stand beside the nodes that they leave and reach.

use std::cmp::Ordering;

use tracehop_journey::{MapLayout, MapPoint};

use super::layer::layer;
use crate::api::real;

/// Between two tracks. Where there are many, they stand closer.
const STEP: f64 = 8.0;
const MOST_ROOM: f64 = 128.0;
const LEAST_STEP: f64 = 1.0;

/// From a node to the first track beside it: room for the head of an arrow.
const FIRST: f64 = 14.0;

/// Between the middle of a node's side and its lower corner, where arrows that run back are fixed. Others are fixed at the middle.
const HIGHEST_PORT: f64 = 4.0;
const LOWEST_PORT: f64 = 16.0;

/// Where one end of an arrow stands, seen from the middle of its node's side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Track {
    /// How far from the node it runs up or down.
    pub(super) away: f64,
    /// How far below the middle it is fixed to the node.
    pub(super) port: f64,
}

/// The tracks on one side of the nodes: on the right arrows leave, on the left they arrive.
#[derive(Clone, Debug)]
pub(super) struct Tracks {
    /// In the order of the arrows. Those that run forward have none.
    pub(super) all: Vec<Option<Track>>,
    /// How much room they take beside each layer.
    pub(super) room: Vec<f64>,
}

/// An end of an arrow that runs back.
struct End {
    arrow: usize,
    layer: usize,
    y: f64,
    lane: usize,
}

impl Tracks {
    /// Those on the right.
    pub(super) fn leaving(layout: &MapLayout) -> Self {
        Self::of(layout, <[MapPoint]>::first)
    }

    /// Those on the left.
    pub(super) fn arriving(layout: &MapLayout) -> Self {
        Self::of(layout, <[MapPoint]>::last)
    }

    fn of(layout: &MapLayout, end: impl Fn(&[MapPoint]) -> Option<&MapPoint>) -> Self {
        let backward = layout.arrows.iter().enumerate().filter(|(_, route)| route.backward);
        let mut ends: Vec<End> = backward
            .filter_map(|(arrow, route)| {
                let at = end(&route.points)?;
                Some(End { arrow, layer: layer(at.x), y: at.y, lane: route.lane })
            })
            .collect();
        // Arrows of lower nodes, and those in upper lanes, are nearer to the nodes: then tracks cross no way to a node.
        ends.sort_by(|a, b| {
            let by_height = b.y.partial_cmp(&a.y).unwrap_or(Ordering::Equal);
            a.layer.cmp(&b.layer).then(by_height).then(a.lane.cmp(&b.lane))
        });
        let mut tracks =
            Self { all: vec![None; layout.arrows.len()], room: vec![0.0; layer(layout.width) + 1] };
        for ends in ends.chunk_by(|a, b| a.layer == b.layer) {
            tracks.beside(ends);
        }
        tracks
    }

    fn beside(&mut self, ends: &[End]) {
        let step = (MOST_ROOM / real(ends.len())).clamp(LEAST_STEP, STEP);
        let mut away = FIRST;
        for node in ends.chunk_by(|a, b| a.y.total_cmp(&b.y).is_eq()) {
            let ports = (LOWEST_PORT - HIGHEST_PORT) / real(node.len());
            for (place, end) in node.iter().enumerate() {
                let port = LOWEST_PORT - ports * (real(place) + 0.5);
                if let Some(slot) = self.all.get_mut(end.arrow) {
                    *slot = Some(Track { away, port });
                }
                away += step;
            }
        }
        let layer = ends.first().map_or(0, |end| end.layer);
        if let Some(room) = self.room.get_mut(layer) {
            *room = away;
        }
    }
}
