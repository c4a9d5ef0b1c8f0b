//! The way of an arrow.

use tracehop_journey::{MapPoint, MapRoute};

use super::place::{Scale, TALL, WIDE};

/// How much room an arrow needs to get to another height. The rest of its way is level, and has room for words.
const TURN: f64 = 24.0;

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
pub(super) struct Way {
    start: MapPoint,
    between: Vec<MapPoint>,
    end: MapPoint,
    /// How low it runs, if it runs back to the left.
    low: Option<f64>,
}

impl Way {
    pub(super) fn of(route: &MapRoute, scale: &Scale) -> Option<Self> {
        let points: Vec<MapPoint> = route.points.iter().map(|point| scale.point(*point)).collect();
        let (first, last) = (*points.first()?, *points.last()?);
        if route.backward {
            let start = MapPoint { x: first.x, y: first.y + TALL / 2.0 };
            let end = MapPoint { x: last.x, y: last.y + TALL / 2.0 + 2.0 };
            return Some(Self { start, between: Vec::new(), end, low: Some(scale.below + 8.0) });
        }
        Some(Self {
            start: MapPoint { x: first.x + WIDE / 2.0, y: first.y },
            between: points.get(1..points.len() - 1).unwrap_or_default().to_vec(),
            end: MapPoint { x: last.x - WIDE / 2.0 - 2.0, y: last.y },
            low: None,
        })
    }

    /// How many layers it passes.
    pub(super) fn passes(&self) -> usize {
        self.between.len()
    }

    /// Where its words may stand, the best place first.
    pub(super) fn spots(&self) -> Vec<Spot> {
        if self.low.is_some() {
            return vec![Spot::Middle];
        }
        let bends = (0..self.between.len().min(8)).map(Spot::Bend);
        [Spot::End, Spot::Start].into_iter().chain(bends).chain([Spot::Middle]).collect()
    }

    /// The point of the arrow that the words stand around.
    pub(super) fn point(&self, spot: Spot) -> MapPoint {
        let middle = MapPoint {
            x: f64::midpoint(self.start.x, self.end.x),
            y: self.low.map_or_else(|| f64::midpoint(self.start.y, self.end.y), |low| low - 2.0),
        };
        match spot {
            Spot::End => MapPoint { x: self.end.x - 39.0, y: self.end.y },
            Spot::Start => MapPoint { x: self.start.x + 34.0, y: self.start.y },
            Spot::Bend(bend) => self.between.get(bend).copied().unwrap_or(middle),
            Spot::Middle => middle,
        }
    }

    /// What SVG draws. It is level where the words stand.
    pub(super) fn path(&self, spot: Spot) -> String {
        let mut path = format!("M{:.1} {:.1}", self.start.x, self.start.y);
        if let Some(low) = self.low {
            let middle = f64::midpoint(self.start.x, self.end.x);
            let lowest = |x| MapPoint { x, y: low };
            return path
                + &down(self.start, lowest(middle + 8.0))
                + &straight(lowest(middle - 8.0))
                + &up(lowest(middle - 8.0), self.end);
        }
        let mut at = self.start;
        let half = WIDE / 2.0;
        let bends = self.between.iter().map(|bend| (MapPoint { x: bend.x - half, ..*bend }, half * 2.0));
        for (place, (point, level)) in bends.chain([(self.end, 0.0)]).enumerate() {
            let is_last = place == self.between.len();
            path += &if spot == Spot::End && is_last {
                turn(at, MapPoint { x: at.x + TURN, y: point.y }) + &straight(point)
            } else if spot == Spot::Start && place == 0 {
                let corner = MapPoint { x: point.x - TURN, y: at.y };
                straight(corner) + &turn(corner, point)
            } else {
                turn(at, point)
            };
            at = MapPoint { x: point.x + level, ..point };
            // Past other nodes it is level: turning, it would cross them.
            if level > 0.0 {
                path += &straight(at);
            }
        }
        path
    }
}

fn turn(from: MapPoint, to: MapPoint) -> String {
    let middle = f64::midpoint(from.x, to.x);
    format!(" C{middle:.1} {:.1}, {middle:.1} {:.1}, {:.1} {:.1}", from.y, to.y, to.x, to.y)
}

fn straight(to: MapPoint) -> String {
    format!(" L{:.1} {:.1}", to.x, to.y)
}

fn down(from: MapPoint, to: MapPoint) -> String {
    format!(" C{:.1} {:.1}, {:.1} {:.1}, {:.1} {:.1}", from.x, to.y, from.x, to.y, to.x, to.y)
}

fn up(from: MapPoint, to: MapPoint) -> String {
    format!(" C{:.1} {:.1}, {:.1} {:.1}, {:.1} {:.1}", to.x, from.y, to.x, from.y, to.x, to.y)
}
