//! Where nodes and arrows are drawn.

use std::fmt::Write;

use proptest::prelude::*;
use tracehop_journey::{DestinationMap, Latency, MapArrow, MapLayout, MapNode, MapRoute, NodeKind};

use crate::samples::{at, hop, journey, minute, shared};

fn node(layer: usize) -> MapNode {
    let (kind, handling) = (NodeKind::Service, Latency::default());
    MapNode { kind, name: String::new(), system: String::new(), layer, handling, unhandled: 0 }
}

fn arrow(from: usize, to: usize) -> MapArrow {
    let latency = Latency::default();
    MapArrow { from, to, group: None, count: 1, errors: 0, latency, gap: None }
}

fn layout(layers: &[usize], arrows: &[(usize, usize)]) -> MapLayout {
    MapLayout::of(&DestinationMap {
        nodes: layers.iter().copied().map(node).collect(),
        arrows: arrows.iter().map(|&(from, to)| arrow(from, to)).collect(),
        ..DestinationMap::default()
    })
}

fn check(layers: &[usize], arrows: &[(usize, usize)], expected: &[(f64, f64)]) {
    let layout = layout(layers, arrows);
    let points: Vec<(f64, f64)> = layout.nodes.iter().map(|point| (point.x, point.y)).collect();
    assert_eq!(points, expected, "{arrows:?}");
}

#[test]
fn a_chain_is_level() {
    check(&[0, 1, 2], &[(0, 1), (1, 2)], &[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]);
}

#[test]
fn arrows_do_not_cross_if_they_need_not() {
    check(&[0, 0, 1, 1], &[(0, 3), (1, 2)], &[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)]);
}

#[test]
fn an_arrow_past_a_node_goes_around_it() {
    let layout = layout(&[0, 1, 2], &[(0, 1), (1, 2), (0, 2)]);
    let [_, _, past] = layout.arrows.as_slice() else { unreachable!("three arrows") };
    let [_, bend, _] = past.points.as_slice() else { unreachable!("one bend: {past:?}") };
    assert!((bend.x - 1.0).abs() < 1e-9 && (bend.y - layout.nodes[1].y).abs() >= 1.0, "{layout:?}");
}

#[test]
fn an_arrow_that_closes_a_cycle_runs_backward() {
    let layout = layout(&[0, 1], &[(0, 1), (1, 0)]);
    let ways: Vec<(usize, bool)> = layout.arrows.iter().map(|it| (it.points.len(), it.backward)).collect();
    assert_eq!(ways, [(2, false), (2, true)]);
}

#[test]
fn arrows_that_run_backward_have_a_lane_each() {
    let layout = layout(&[0, 1, 2, 3], &[(0, 1), (1, 2), (2, 3), (3, 0), (2, 1), (3, 2)]);
    let lanes: Vec<usize> = layout.arrows.iter().filter(|it| it.backward).map(|it| it.lane).collect();
    assert_eq!(lanes, [2, 1, 0], "inner ones are nearer to the map");
}

#[test]
fn arrows_to_nowhere_and_layers_of_any_number_are_harmless() {
    let layout = layout(&[usize::MAX, 7], &[(0, 9), (1, 0)]);
    assert_eq!((layout.width, layout.arrows[0].points.len(), layout.arrows[1].points.len()), (1.0, 0, 2));
    assert_eq!(MapLayout::of(&DestinationMap::default()), MapLayout::default());
}

#[test]
fn the_order_pipeline_has_no_crossings() {
    let routes = [
        "storefront > orders > payments",
        "storefront > orders > inventory",
        "storefront > orders > audit",
        "payments > payments > shipping",
        "inventory > stock > shipping",
        "shipping > shipments > notifications",
        "shipping > shipments > audit",
    ];
    let hops = routes.iter().zip(1..).map(|(route, n)| hop(route, 2 * n, 2 * n + 1));
    let map = DestinationMap::of(&shared([journey(1, hops)]), minute(), at(60_000));
    let layout = MapLayout::of(&map);
    let mut text = String::new();
    for (node, point) in map.nodes.iter().zip(&layout.nodes) {
        writeln!(text, "{:4.2} {:5.2} {}", point.x, point.y, node.name).unwrap();
    }
    insta::assert_snapshot!(text, @"
    0.00  1.00 storefront
    1.00  1.00 orders
    2.00  0.00 inventory
    2.00  1.00 payments
    3.00  1.00 payments
    3.00  0.00 stock
    4.00  0.67 shipping
    5.00  0.67 shipments
    6.00  1.42 audit
    6.00  0.42 notifications
    ");
}

proptest! {
    #[test]
    fn nodes_keep_their_distance_and_arrows_their_ends(
        layers in prop::collection::vec(0..8_usize, 1..60),
        arrows in prop::collection::vec((0..64_usize, 0..64_usize), 0..150),
    ) {
        let layout = layout(&layers, &arrows);
        prop_assert_eq!(layout.nodes.len(), layers.len());
        for (place, point) in layout.nodes.iter().enumerate() {
            prop_assert!((0.0..=layout.width).contains(&point.x) && (0.0..=layout.height).contains(&point.y));
            let others = layout.nodes[..place].iter().filter(|other| (other.x - point.x).abs() < 0.5);
            for other in others {
                prop_assert!((other.y - point.y).abs() >= 0.999, "{:?} and {:?}", other, point);
            }
        }
        for (route, (from, to)) in layout.arrows.iter().zip(arrows) {
            let ends = (layout.nodes.get(from), layout.nodes.get(to));
            if let (Some(from), Some(to)) = ends {
                prop_assert_eq!((route.points.first(), route.points.last()), (Some(from), Some(to)));
                prop_assert_eq!(route.backward, from.x >= to.x);
            } else {
                prop_assert!(route.points.is_empty());
            }
            let within = route.points.iter().all(|point| (0.0..=layout.height).contains(&point.y));
            prop_assert!(within, "{:?} leaves the {} of the map", route, layout.height);
        }
        let backward: Vec<_> = layout.arrows.iter().filter(|it| it.backward).collect();
        for (place, one) in backward.iter().enumerate() {
            let meets = |other: &MapRoute| {
                other.points[1].x <= one.points[0].x && one.points[1].x <= other.points[0].x
            };
            for other in backward[..place].iter().filter(|other| meets(other)) {
                prop_assert_ne!(one.lane, other.lane, "{:?} and {:?}", one, other);
            }
        }
    }
}
