//! Words cover nothing, and nothing that runs back lies on anything else.

use std::time::Duration;

use proptest::prelude::*;
use tracehop_journey::{Gap, Latency, MapArrow, MapNode};

use super::super::labels::Area;
use super::*;

/// From one point to another.
type Line = [(f64, f64); 2];

fn node(kind: NodeKind, layer: usize) -> MapNode {
    MapNode {
        kind,
        name: String::new(),
        system: String::new(),
        layer,
        handling: Latency::default(),
        unhandled: 0,
    }
}

fn arrow(from: usize, to: usize, count: u64) -> MapArrow {
    let long = Duration::from_millis(count * 7);
    let latency = Latency { count, p50: long, p95: long, p99: long, ..Latency::default() };
    let (errors, group) = (count / 3, count.is_multiple_of(2).then(|| "notification-service".to_owned()));
    MapArrow {
        from,
        to,
        group,
        count,
        errors,
        latency,
        gap: count.is_multiple_of(5).then_some(Gap::NoContext),
    }
}

fn maps() -> impl Strategy<Value = DestinationMap> {
    let kind = prop_oneof![Just(NodeKind::Service), Just(NodeKind::Destination)];
    let nodes = prop::collection::vec((kind, 0..7_usize), 1..40);
    let arrows = prop::collection::vec((0..40_usize, 0..40_usize, 0..200_000_u64), 0..80);
    (nodes, arrows).prop_map(|(nodes, arrows)| DestinationMap {
        nodes: nodes.into_iter().map(|(kind, layer)| node(kind, layer)).collect(),
        arrows: arrows.into_iter().map(|(from, to, count)| arrow(from, to, count)).collect(),
        seconds: 60.0,
        left_out: 0,
    })
}

/// The straight lines of a path as it is written.
fn lines(path: &str) -> Vec<Line> {
    let parts = path.split(['M', 'L', 'C', 'Q']).skip(1).map(|part| {
        let numbers = part.split([' ', ',']).filter(|it| !it.is_empty()).map(|it| it.parse().unwrap());
        numbers.collect::<Vec<f64>>()
    });
    let mut lines = Vec::new();
    let mut last: Option<(f64, f64)> = None;
    for numbers in parts {
        let [.., x, y] = numbers.as_slice() else { unreachable!("two numbers: {path}") };
        // A curve between points of one height is straight.
        let is_level = |from: (f64, f64)| numbers.chunks(2).all(|point| (point[1] - from.1).abs() < 0.06);
        if let Some(from) = last.filter(|from| numbers.len() == 2 || is_level(*from)) {
            lines.push([from, (*x, *y)]);
        }
        last = Some((*x, *y));
    }
    lines
}

/// How much of two level or upright lines is the same.
fn same(a: Line, b: Line) -> f64 {
    let along =
        |a: [f64; 2], b: [f64; 2]| a[0].max(a[1]).min(b[0].max(b[1])) - a[0].min(a[1]).max(b[0].min(b[1]));
    let across = |a: [f64; 2], b: [f64; 2]| a.iter().chain(&b).all(|it| (it - a[0]).abs() < 0.001);
    let (ax, ay, bx, by) = ([a[0].0, a[1].0], [a[0].1, a[1].1], [b[0].0, b[1].0], [b[0].1, b[1].1]);
    if across(ax, bx) {
        along(ay, by)
    } else if across(ay, by) {
        along(ax, bx)
    } else {
        0.0
    }
}

/// Whether a level or upright line touches an area.
fn touches([from, to]: Line, area: Area) -> bool {
    let x = from.0.min(to.0)..from.0.max(to.0);
    let y = from.1.min(to.1)..from.1.max(to.1);
    x.start < area.right && x.end > area.left && y.start < area.bottom && y.end > area.top
}

struct Checked {
    is_back: bool,
    lines: Vec<Line>,
    words: Area,
}

fn checked(drawn: &Drawn) -> Vec<Checked> {
    let arrows = drawn.arrows.iter().filter_map(|arrow| {
        let way = arrow.way.as_ref()?;
        Some(Checked {
            is_back: matches!(way, Way::Back(_)),
            lines: lines(&way.path(arrow.label.spot)),
            words: Area::of(&arrow.label.said, way.point(arrow.label.spot)),
        })
    });
    arrows.collect()
}

fn check(map: &DestinationMap) {
    let drawn = Drawn::of(map);
    let nodes: Vec<Area> = drawn.nodes.iter().copied().map(Area::of_node).collect();
    let arrows = checked(&drawn);
    for (place, one) in arrows.iter().enumerate() {
        assert!(
            nodes.iter().all(|node| one.words.shared(*node) < 0.001),
            "the words of {place} cover a node"
        );
        assert!(one.words.left >= 0.0 && one.words.right <= drawn.scale.width, "{place}: {:?}", one.words);
        assert!(one.words.top >= 0.0 && one.words.bottom <= drawn.scale.height, "{place}: {:?}", one.words);
        for (other, them) in arrows.iter().enumerate().filter(|(other, _)| *other != place) {
            assert!(one.words.shared(them.words) < 0.001, "the words of {place} cover those of {other}");
        }
        if !one.is_back {
            continue;
        }
        let [_, down, back, up, _] = one.lines.as_slice() else { unreachable!("five: {:?}", one.lines) };
        for line in [down, back, up] {
            assert!(nodes.iter().all(|node| !touches(*line, *node)), "{place} passes through a node");
        }
        for (other, them) in arrows.iter().enumerate().filter(|(other, _)| *other != place) {
            for line in &one.lines {
                for its in &them.lines {
                    assert!(same(*line, *its) < 0.01, "{place} lies on {other}: {line:?} {its:?}");
                }
                assert!(!touches(*line, them.words), "{place} passes through the words of {other}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_runs_back_lies_on_no_other_arrow_and_words_cover_no_node_and_no_other_words(map in maps()) {
        check(&map);
    }
}

#[test]
fn up_to_three_groups_between_one_pair_are_said_side_by_side() {
    for (groups, count) in [(1, 2), (2, 2), (3, 2), (3, 123_456_788), (2, 199_998)] {
        let nodes = vec![node(NodeKind::Destination, 0), node(NodeKind::Service, 1)];
        let arrows = (0..groups).map(|_| arrow(0, 1, count)).collect();
        let map = DestinationMap { nodes, arrows, seconds: 60.0, left_out: 0 };
        check(&map);
        for arrow in Drawn::of(&map).arrows {
            assert_eq!(arrow.label.said.all(), arrow.said.all(), "{groups} groups of {count}");
        }
    }
}

#[test]
fn words_that_find_no_room_are_shortened() {
    let nodes = vec![node(NodeKind::Destination, 0), node(NodeKind::Service, 1)];
    let arrows = (0..9).map(|_| arrow(0, 1, 6)).collect();
    let map = DestinationMap { nodes, arrows, seconds: 60.0, left_out: 0 };
    check(&map);
    let arrows = Drawn::of(&map).arrows;
    let whole = arrows.iter().filter(|it| it.label.said.all() == it.said.all()).count();
    assert_eq!(whole, 3);
    assert!(arrows.iter().all(|it| it.said.all().len() > 4), "what is said where the pointer rests is whole");
}

#[test]
fn hundreds_of_arrows_that_run_back_to_one_node_stay_apart_within_bounds() {
    let nodes = std::iter::once(node(NodeKind::Destination, 0));
    let map = DestinationMap {
        nodes: nodes.chain((1..200).map(|layer| node(NodeKind::Service, layer % 9))).collect(),
        arrows: (0..600).map(|place| arrow(1 + place % 199, 0, 1)).collect(),
        seconds: 60.0,
        left_out: 0,
    };
    let drawn = Drawn::of(&map);
    let (width, height) = (drawn.scale.width, drawn.scale.height);
    assert!(width < 4_000.0 && height < 40_000.0, "{width} {height}");
    check(&map);
}

#[test]
fn a_map_without_arrows_that_run_back_needs_no_room_for_them() {
    let nodes = || vec![node(NodeKind::Service, 0), node(NodeKind::Destination, 1)];
    let scale = |arrows| {
        let map = DestinationMap { nodes: nodes(), arrows, seconds: 60.0, left_out: 0 };
        Drawn::of(&map).scale
    };
    let (forward, both) = (scale(vec![arrow(0, 1, 7)]), scale(vec![arrow(0, 1, 7), arrow(1, 0, 7)]));
    assert_eq!(forward.first_lane(), None);
    assert!(both.first_lane().is_some() && both.height > forward.height && both.width > forward.width);
}
