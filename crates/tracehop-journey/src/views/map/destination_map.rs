//! Services and destinations, and what flows between them.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use super::flows::{Flow, Flows, Node};
use super::layers::layers;
use super::map_parts::{MapArrow, MapNode, NodeKind};
use crate::summary::JourneySummary;
use crate::views::messages::seconds;

/// How many nodes and arrows there are at most: nobody can read more.
const MAX_NODES: usize = 200;
const MAX_ARROWS: usize = 600;

/// Services and destinations, and the messages that flow between them in a window of time.
///
/// At most 600 arrows and the 200 nodes at their ends are kept, those of the busiest arrows: no node is without its arrows.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DestinationMap {
    /// The nodes, from left to right. Arrows name them by their places.
    pub nodes: Vec<MapNode>,
    /// The arrows.
    pub arrows: Vec<MapArrow>,
    /// How long the window is, in seconds: counts divided by it are rates.
    pub seconds: f64,
    /// How many nodes and arrows were left out, because there were too many.
    pub left_out: usize,
}

impl DestinationMap {
    /// Counts what was sent and what was handled in `window`.
    ///
    /// A service is one node, whether it sends, handles or does both. A span that is in several journeys counts once: the same
    /// send with the same handler is one message. What ends after `now` has not happened yet, so it does not lower the rates.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// use tracehop_journey::DestinationMap;
    ///
    /// let now = SystemTime::now();
    /// let last_minute = now - Duration::from_secs(60)..now;
    /// let map = DestinationMap::of(&[], last_minute, now);
    /// assert_eq!((map.seconds, map.nodes.len()), (60.0, 0));
    /// ```
    pub fn of(summaries: &[Arc<JourneySummary>], window: Range<SystemTime>, now: SystemTime) -> Self {
        let flows = Flows::of(summaries, &window);
        // What only happened outside of the window is not missed.
        let all = flows.nodes.iter().filter(|node| node.messages > 0).count() + flows.all.len();
        let flows = busiest(flows);
        let (nodes, arrows) = placed(flows);
        Self { left_out: all - nodes.len() - arrows.len(), nodes, arrows, seconds: seconds(&window, now) }
    }
}

/// The busiest flows with both their ends, so that no node is left without its flows. The services where most journeys begin come
/// first.
fn busiest(flows: Flows<'_>) -> (Vec<Node<'_>>, Vec<Flow<'_>>) {
    let Flows { nodes, all: mut flows, .. } = flows;
    let mut ends = kept(&nodes, &mut flows);
    let mut nodes: Vec<(usize, Node<'_>)> = nodes.into_iter().enumerate().collect();
    nodes.retain(|(old, _)| ends.get(*old).is_some_and(Option::is_some));
    nodes.sort_unstable_by_key(|(_, node)| (Reverse(node.journeys), node.key));
    for (new, (old, _)) in nodes.iter().enumerate() {
        if let Some(place) = ends.get_mut(*old) {
            *place = Some(new);
        }
    }
    for flow in &mut flows {
        let place = |old: usize| ends.get(old).copied().flatten().unwrap_or(0);
        (flow.from, flow.to) = (place(flow.from), place(flow.to));
    }
    flows.sort_unstable_by_key(|flow| (Reverse(flow.count), flow.from, flow.to, flow.group, flow.gap));
    (nodes.into_iter().map(|(_, node)| node).collect(), flows)
}

/// Keeps the busiest flows as long as there is room for both their ends. Those nodes are `Some`.
fn kept(nodes: &[Node<'_>], flows: &mut Vec<Flow<'_>>) -> Vec<Option<usize>> {
    let key = |place: usize| nodes.get(place).map(|node| node.key);
    // Of equals, those of one destination come together: to see both its ways is better than one way of two.
    flows.sort_unstable_by_key(|flow| {
        let (from, to) = (key(flow.from), key(flow.to));
        let is_in = to.is_some_and(|(kind, ..)| kind == NodeKind::Destination);
        let ends = if is_in { (to, false, from) } else { (from, true, to) };
        (Reverse(flow.count), ends, flow.group, flow.gap)
    });
    let mut ends = vec![None; nodes.len()];
    let (mut kept_nodes, mut kept_flows) = (0, 0);
    flows.retain(|flow| {
        let is_new = |place: usize| ends.get(place).is_some_and(Option::is_none);
        let new = usize::from(is_new(flow.from)) + usize::from(is_new(flow.to));
        if kept_flows == MAX_ARROWS || kept_nodes + new > MAX_NODES {
            return false;
        }
        for end in [flow.from, flow.to] {
            if let Some(slot) = ends.get_mut(end) {
                *slot = Some(end);
            }
        }
        kept_nodes += new;
        kept_flows += 1;
        true
    });
    ends
}

/// Nodes in the order of their layers, and the arrows between them.
fn placed((nodes, flows): (Vec<Node<'_>>, Vec<Flow<'_>>)) -> (Vec<MapNode>, Vec<MapArrow>) {
    let layers = layers(nodes.len(), flows.iter().map(|flow| (flow.from, flow.to)));
    let mut nodes: Vec<(usize, usize, Node<'_>)> =
        layers.into_iter().zip(nodes).enumerate().map(|(old, (layer, node))| (layer, old, node)).collect();
    nodes.sort_by_key(|(layer, _, node)| (*layer, node.key));
    let mut places = vec![0; nodes.len()];
    for (new, (_, old, _)) in nodes.iter().enumerate() {
        if let Some(place) = places.get_mut(*old) {
            *place = new;
        }
    }
    let place = |old: usize| places.get(old).copied().unwrap_or(0);
    let arrow = |flow: Flow<'_>| MapArrow {
        from: place(flow.from),
        to: place(flow.to),
        group: flow.group.map(str::to_owned),
        count: flow.count,
        errors: flow.errors,
        latency: flow.latency.latency(),
        gap: flow.gap,
    };
    let mut arrows: Vec<MapArrow> = flows.into_iter().map(arrow).collect();
    arrows.sort_by(|a, b| {
        let key = |arrow: &MapArrow| (arrow.from, arrow.to, arrow.gap);
        key(a).cmp(&key(b)).then_with(|| a.group.cmp(&b.group))
    });
    let nodes = nodes.into_iter().map(|(layer, _, node)| {
        let (kind, name, system) = node.key;
        let (name, system) = (name.to_owned(), system.to_owned());
        MapNode { kind, name, system, layer, handling: node.handling.latency(), unhandled: node.unhandled }
    });
    (nodes.collect(), arrows)
}
