//! What flows from one node to another.

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapArrow, MapPoint, MapRoute, NodeKind};

use super::place::{Scale, TALL, WIDE};
use crate::api::{Address, Window, quoted, real};
use crate::page::parts::{human, plain, rate, share};

pub(super) fn arrow(
    map: &DestinationMap,
    scale: Scale,
    flow: &MapArrow,
    route: &MapRoute,
    most: u64,
    window: Window,
) -> Markup {
    let (Some(from), Some(to)) = (map.nodes.get(flow.from), map.nodes.get(flow.to)) else { return html! {} };
    let alone = Alone {
        at_end: map.arrows.iter().filter(|other| other.to == flow.to).count() == 1,
        at_start: map.arrows.iter().filter(|other| other.from == flow.from).count() == 1,
    };
    let Some(way) = Way::of(route, scale, alone) else { return html! {} };
    let is_in = to.kind == NodeKind::Destination;
    let width = 1.2 + 4.8 * (real(flow.count) / real(most.max(1))).sqrt();
    let address = if is_in {
        Address::of("/hop").with("destination", &to.name).with("producer", &from.name)
    } else {
        Address::of("/hop")
            .with("destination", &from.name)
            .with("consumer", &to.name)
            .maybe("group", flow.group.as_deref())
    };
    let address = address.maybe("window", (window != Window::default()).then_some(window.text()));
    let address = if flow.without_context {
        // A hop is a send and a handler: without context there is none to look at.
        Address::of("/").with("q", format!("service:{}", quoted(&to.name)))
    } else {
        address
    };
    let said = Said::of(map, flow, is_in);
    let all = said.all();
    let is_bad = flow.errors > 0;
    html! {
        a.arrow.bad[is_bad] href=(address) data-arrow={ (plain(&from.name)) " → " (plain(&to.name)) } data-without-context[flow.without_context]
            aria-label={ (plain(&from.name)) " to " (plain(&to.name)) ": " (all.join(", ")) } {
            title { (plain(&from.name)) " → " (plain(&to.name)) ": " (all.join(" · ")) }
            path.reach d=(way.path) {}
            path.flow.dotted[flow.without_context] d=(way.path) stroke-width=(format!("{width:.1}"))
                marker-end=(if is_bad { "url(#tip-bad)" } else { "url(#tip)" }) {}
            @let label = way.label;
            @for (number, line) in said.above.iter().rev().enumerate() { (text(label, -4.0 - width / 2.0 - 12.0 * real(number), line)) }
            @for (number, line) in said.below.iter().enumerate() { (text(label, 12.0 + width / 2.0 + 12.0 * real(number), line)) }
        }
    }
}

fn text(label: MapPoint, below: f64, line: &str) -> Markup {
    html! {
        text.said.word[line.starts_with('✗')] x=(format!("{:.1}", label.x)) y=(format!("{:.1}", label.y + below)) { (line) }
    }
}

/// What stands on an arrow: above it the rate, below it what became of the messages.
struct Said {
    above: Vec<String>,
    below: Vec<String>,
}

impl Said {
    fn of(map: &DestinationMap, flow: &MapArrow, is_in: bool) -> Self {
        let mut above = vec![rate(flow.count, map.seconds)];
        let consumer = map.nodes.get(flow.to).map(|node| node.name.as_str());
        // Most groups are named after their service: then it says nothing.
        if let Some(group) = flow.group.as_deref().filter(|group| !is_in && Some(*group) != consumer) {
            above.insert(0, plain(group).chars().take(14).collect());
        }
        let mut below = Vec::new();
        if flow.errors > 0 {
            below.push(format!("✗ {}", share(flow.errors, flow.count)));
        }
        if flow.without_context {
            below.push("no context".to_owned());
        } else if !is_in && flow.latency.count > 0 {
            let latency = flow.latency;
            let line = |name: &str, value| format!("{name} {}", human(value));
            below.extend([line("p50", latency.p50), line("p95", latency.p95), line("p99", latency.p99)]);
        }
        Self { above, below }
    }

    fn all(&self) -> Vec<&str> {
        self.above.iter().chain(&self.below).map(String::as_str).collect()
    }
}

/// At which of its ends an arrow has no neighbour: there is room for words.
#[derive(Clone, Copy)]
struct Alone {
    at_start: bool,
    at_end: bool,
}

/// How much room an arrow needs to get to another height. The rest of its way is level, and has room for words.
const TURN: f64 = 26.0;

fn turn(from: MapPoint, to: MapPoint) -> String {
    let middle = f64::midpoint(from.x, to.x);
    format!(" C{middle:.1} {:.1}, {middle:.1} {:.1}, {:.1} {:.1}", from.y, to.y, to.x, to.y)
}

fn straight(to: MapPoint) -> String {
    format!(" L{:.1} {:.1}", to.x, to.y)
}

struct Way {
    path: String,
    /// The middle of the label.
    label: MapPoint,
}

impl Way {
    fn of(route: &MapRoute, scale: Scale, alone: Alone) -> Option<Self> {
        let points: Vec<MapPoint> = route.points.iter().copied().map(Scale::point).collect();
        let (first, last) = (*points.first()?, *points.last()?);
        if route.backward {
            return Some(Self::around(first, last, scale));
        }
        let start = MapPoint { x: first.x + WIDE / 2.0, y: first.y };
        let end = MapPoint { x: last.x - WIDE / 2.0 - 2.0, y: last.y };
        let between = points.get(1..points.len() - 1).unwrap_or_default();
        let mut path = format!("M{:.1} {:.1}", start.x, start.y);
        let mut at = start;
        for (place, &point) in between.iter().chain([&end]).enumerate() {
            let is_last = place == between.len();
            path += &match (is_last && alone.at_end, place == 0 && alone.at_start) {
                (true, _) => turn(at, MapPoint { x: at.x + TURN, y: point.y }) + &straight(point),
                (false, true) => {
                    let corner = MapPoint { x: point.x - TURN, y: at.y };
                    straight(corner) + &turn(corner, point)
                }
                (false, false) => turn(at, point),
            };
            at = point;
        }
        let beside = |end: MapPoint, by: f64| MapPoint { x: end.x + by, y: end.y };
        let label = match between.get(between.len() / 2) {
            _ if alone.at_end => beside(end, -38.0),
            _ if alone.at_start => beside(start, 33.0),
            Some(bend) => *bend,
            None => MapPoint { x: f64::midpoint(start.x, end.x), y: f64::midpoint(start.y, end.y) },
        };
        Some(Self { path, label })
    }

    /// Below all nodes, back to the left.
    fn around(first: MapPoint, last: MapPoint, scale: Scale) -> Self {
        let low = scale.below + 8.0;
        let path = format!(
            "M{:.1} {:.1} C{:.1} {:.1}, {:.1} {low:.1}, {:.1} {low:.1} L{:.1} {low:.1} C{:.1} {low:.1}, {:.1} {:.1}, {:.1} {:.1}",
            first.x,
            first.y + TALL / 2.0,
            first.x,
            low,
            first.x,
            f64::midpoint(first.x, last.x) + 8.0,
            f64::midpoint(first.x, last.x) - 8.0,
            last.x,
            last.x,
            low,
            last.x,
            last.y + TALL / 2.0 + 2.0,
        );
        Self { path, label: MapPoint { x: f64::midpoint(first.x, last.x), y: low - 2.0 } }
    }
}
