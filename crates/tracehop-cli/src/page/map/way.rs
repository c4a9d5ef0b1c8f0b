//! The way of an arrow.

use tracehop_journey::{MapPoint, MapRoute, NodeKind};

use super::layer::layer;
use super::place::{Scale, TALL, WIDE};
use super::tracks::Track;

/// How much room an arrow needs to get to another height. The rest of its way is level, and has room for words.
const TURN: f64 = 24.0;

/// The corners of an arrow that runs back are round.
const ROUND: f64 = 6.0;

/// Between an arrow's words and the nodes or tracks beside them.
const BESIDE: f64 = 4.0;

/// Before the middle of its words, if they leave so much.
const AT_END: f64 = 39.0;
const AT_START: f64 = 34.0;

/// Where on an arrow its words may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    End,
    Start,
    /// Where it passes the nodes between.
    Bend(usize),
    Middle,
}

/// The way of an arrow, in pixels.
#[derive(Clone, Debug)]
pub(super) enum Way {
    Forward(Forward),
    Back(Back),
}

/// From left to right.
#[derive(Clone, Debug)]
pub(super) struct Forward {
    start: MapPoint,
    /// Up to where it is level, because others go back beside the node.
    leaves: f64,
    bends: Vec<Bend>,
    /// From where it is level again.
    arrives: f64,
    end: MapPoint,
    /// Whether it leads to the next layer. Farther than that, there may be nodes in its middle.
    is_short: bool,
    /// How wide its words are.
    words: f64,
}

/// Where an arrow passes a layer.
#[derive(Clone, Copy, Debug)]
struct Bend {
    from: f64,
    middle: MapPoint,
    to: f64,
}

/// Down beside the node, back in its lane, and up again. It has that to itself, so that it lies on no other arrow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Back {
    pub(super) corners: [MapPoint; 6],
    /// Below the middle of a layer, where no other arrow goes up or down.
    words: MapPoint,
}

impl Way {
    /// The way of the arrow at a place. `kinds` are those of its nodes, and `words` is how wide its words are.
    pub(super) fn of(
        (arrow, route): (usize, &MapRoute),
        kinds: [NodeKind; 2],
        words: f64,
        scale: &Scale,
    ) -> Option<Self> {
        let (first, last) = (*route.points.first()?, *route.points.last()?);
        if route.backward {
            return Some(Self::Back(Back::of(route, scale.tracks(arrow)?, kinds, scale)));
        }
        let bend = |point: &MapPoint| {
            let (from, to) = scale.sides(*point);
            Bend { from, middle: scale.point(*point), to }
        };
        let (start, end) = (scale.point(first), scale.point(last));
        Some(Self::Forward(Forward {
            start: MapPoint { x: start.x + WIDE / 2.0, ..start },
            leaves: scale.sides(first).1,
            bends: route.points.get(1..route.points.len() - 1).unwrap_or_default().iter().map(bend).collect(),
            arrives: scale.sides(last).0 - 2.0,
            end: MapPoint { x: end.x - WIDE / 2.0 - 2.0, ..end },
            is_short: layer(first.x) + 1 == layer(last.x),
            words,
        }))
    }

    /// How many layers it passes.
    pub(super) fn passes(&self) -> usize {
        match self {
            Self::Forward(way) => way.bends.len(),
            Self::Back(_) => 0,
        }
    }

    /// Where its words may stand, the best place first. None of them is on a node.
    pub(super) fn spots(&self) -> Vec<Spot> {
        match self {
            Self::Forward(way) => way.spots(),
            Self::Back(_) => vec![Spot::Middle],
        }
    }

    /// The point of the arrow that the words stand around.
    pub(super) fn point(&self, spot: Spot) -> MapPoint {
        match self {
            Self::Forward(way) => way.point(spot),
            Self::Back(way) => way.words,
        }
    }

    /// What SVG draws. It is level where the words stand.
    pub(super) fn path(&self, spot: Spot) -> String {
        match self {
            Self::Forward(way) => way.path(spot),
            Self::Back(way) => way.path(),
        }
    }
}

impl Forward {
    fn spots(&self) -> Vec<Spot> {
        let bends = (0..self.bends.len().min(8)).map(Spot::Bend);
        let middle = self.is_short.then_some(Spot::Middle);
        [Spot::End, Spot::Start].into_iter().chain(bends).chain(middle).collect()
    }

    fn point(&self, spot: Spot) -> MapPoint {
        let half = self.words / 2.0;
        let (from, to) = (self.start, self.end);
        let next = self.bends.first().map_or(self.arrives, |bend| bend.from);
        let before = self.bends.last().map_or(self.leaves, |bend| bend.to);
        // In the middle, if there is little room.
        let away = |wanted: f64, room: f64| wanted.min(room / 2.0).max(half + BESIDE);
        let middle = MapPoint { x: f64::midpoint(from.x, to.x), y: f64::midpoint(from.y, to.y) };
        match spot {
            Spot::End => MapPoint { x: self.arrives - away(AT_END, self.arrives - before), ..to },
            Spot::Start => MapPoint { x: self.leaves + away(AT_START, next - self.leaves), ..from },
            Spot::Bend(bend) => self.bends.get(bend).map_or(middle, |bend| bend.middle),
            Spot::Middle => MapPoint { x: f64::midpoint(self.leaves, self.arrives), ..middle },
        }
    }

    fn path(&self, spot: Spot) -> String {
        let mut at = MapPoint { x: self.leaves, ..self.start };
        let mut path = moved(self.start);
        if at.x > self.start.x {
            path += &straight(at);
        }
        for (place, bend) in self.bends.iter().enumerate() {
            let from = MapPoint { x: bend.from, ..bend.middle };
            path += &to_next(at, from, spot == Spot::Start && place == 0);
            // Past other nodes it is level: turning, it would cross them.
            at = MapPoint { x: bend.to, ..bend.middle };
            path += &straight(at);
        }
        let arrives = MapPoint { x: self.arrives, ..self.end };
        if spot == Spot::End {
            return path + &turn(at, MapPoint { x: at.x + TURN, ..self.end }) + &straight(self.end);
        }
        path += &to_next(at, arrives, spot == Spot::Start && self.bends.is_empty());
        if self.end.x > arrives.x { path + &straight(self.end) } else { path }
    }
}

impl Back {
    fn of(
        route: &MapRoute,
        (leaving, arriving): (Track, Track),
        [from, to]: [NodeKind; 2],
        scale: &Scale,
    ) -> Self {
        let point = |point: Option<&MapPoint>| scale.point(point.copied().unwrap_or_default());
        let (first, last) = (point(route.points.first()), point(route.points.last()));
        let (right, left) = (first.x + WIDE / 2.0, last.x - WIDE / 2.0);
        let (down, up) = (first.y + leaving.port, last.y + arriving.port);
        let (out, back) = (right + leaving.away, left - arriving.away);
        let lane = scale.lane(route.lane);
        let corner = |x, y| MapPoint { x, y };
        // The layer in the middle of its way.
        let middle = f64::midpoint(
            route.points.first().map_or(0.0, |point| point.x),
            route.points.last().map_or(0.0, |point| point.x),
        );
        Self {
            corners: [
                corner(right - inset(from, leaving.port), down),
                corner(out, down),
                corner(out, lane),
                corner(back, lane),
                corner(back, up),
                corner(left + inset(to, arriving.port) - 2.0, up),
            ],
            words: MapPoint { x: scale.point(MapPoint { x: middle.floor(), y: 0.0 }).x, y: lane },
        }
    }

    fn path(&self) -> String {
        let [start, .., end] = self.corners;
        let mut path = moved(start);
        for corner in self.corners.windows(3) {
            let [before, at, after] = corner else { continue };
            path += &round(*before, *at, *after);
        }
        path + &straight(end)
    }
}

/// How far a node's end is from its full width at a height below its middle: pipes are round.
fn inset(kind: NodeKind, below: f64) -> f64 {
    match kind {
        NodeKind::Service => 0.0,
        NodeKind::Destination => {
            let share = below / (TALL / 2.0);
            22.0 * (1.0 - (1.0 - share * share).max(0.0).sqrt())
        }
    }
}

fn moved(to: MapPoint) -> String {
    format!("M{:.2} {:.2}", to.x, to.y)
}

fn straight(to: MapPoint) -> String {
    format!(" L{:.2} {:.2}", to.x, to.y)
}

/// To the next layer. It is level first if words stand there.
fn to_next(from: MapPoint, to: MapPoint, is_level: bool) -> String {
    if !is_level {
        return turn(from, to);
    }
    let corner = MapPoint { x: to.x - TURN, ..from };
    straight(corner) + &turn(corner, to)
}

fn turn(from: MapPoint, to: MapPoint) -> String {
    let middle = f64::midpoint(from.x, to.x);
    format!(" C{middle:.1} {:.1}, {middle:.1} {:.1}, {:.1} {:.1}", from.y, to.y, to.x, to.y)
}

/// Around a corner.
fn round(before: MapPoint, at: MapPoint, after: MapPoint) -> String {
    let towards = |other: MapPoint| {
        let far = (other.x - at.x).hypot(other.y - at.y);
        let share = (ROUND / far.max(1.0)).min(0.5);
        MapPoint { x: at.x + (other.x - at.x) * share, y: at.y + (other.y - at.y) * share }
    };
    let to = towards(after);
    straight(towards(before)) + &format!(" Q{:.2} {:.2}, {:.2} {:.2}", at.x, at.y, to.x, to.y)
}
