//! Messages, counted by where they come from and where they go.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use super::map_parts::NodeKind;
use crate::span_parts::SpanKey;
use crate::summary::{HopRecord, JourneySummary};
use crate::views::durations::Durations;
use crate::views::messages::{handled, unhandled};

/// What names a node: the kind, the name, and of a destination the system.
pub(super) type NodeKey<'a> = (NodeKind, &'a str, &'a str);

/// What names an arrow: its nodes, the consumer group, and whether its messages carry no context.
type FlowKey<'a> = (usize, usize, Option<&'a str>, bool);

pub(super) struct Node<'a> {
    pub(super) key: NodeKey<'a>,
    pub(super) handling: Durations,
    pub(super) unhandled: u64,
    /// How many journeys begin here.
    pub(super) journeys: u64,
    /// How many messages pass.
    pub(super) messages: u64,
}

pub(super) struct Flow<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) group: Option<&'a str>,
    pub(super) without_context: bool,
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) latency: Durations,
}

/// Nodes and the flows between them.
#[derive(Default)]
pub(super) struct Flows<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) all: Vec<Flow<'a>>,
    node_places: HashMap<NodeKey<'a>, usize>,
    flow_places: HashMap<FlowKey<'a>, usize>,
}

/// A send that was handled.
struct Send {
    took: std::time::Duration,
    /// How many messages it sent, for all that is known: as many as its busiest consumer has handled for the first time.
    messages: u64,
}

impl<'a> Flows<'a> {
    pub(super) fn of(summaries: &'a [Arc<JourneySummary>], window: &Range<SystemTime>) -> Self {
        let mut flows = Self::default();
        flows.add_handled(summaries, window);
        flows.add_unhandled(summaries, window);
        flows.add_without_context(summaries, window);
        for journey in summaries.iter().filter(|journey| !journey.begins_elsewhere) {
            let first = journey.services.first().map(|service| service_key(service));
            if let Some(node) = first.and_then(|key| flows.node_places.get(&key)).copied() {
                flows.change_node(node, |node| node.journeys += 1);
            }
        }
        for place in 0..flows.all.len() {
            let Some(Flow { from, to, count, .. }) = flows.all.get(place) else { continue };
            let (from, to, count) = (*from, *to, *count);
            for end in [from, to] {
                flows.change_node(end, |node| node.messages += count);
            }
        }
        flows
    }

    fn add_handled(&mut self, summaries: &'a [Arc<JourneySummary>], window: &Range<SystemTime>) {
        let mut sends: HashMap<(SpanKey, usize), Send> = HashMap::new();
        let mut first_tries: HashMap<(SpanKey, usize), u64> = HashMap::new();
        let mut handlers: HashSet<SpanKey> = HashSet::new();
        for message in handled(summaries) {
            let hop = message.hop;
            let (is_sent, is_handled) = (window.contains(&hop.sent), window.contains(&message.at));
            if !is_sent && !is_handled {
                continue;
            }
            let destination = self.node(destination_key(hop));
            let consumer = self.node(service_key(&hop.consumer));
            let out = self.flow((destination, consumer, hop.group.as_deref(), false));
            if is_handled {
                self.change_flow(out, |flow| {
                    flow.count += 1;
                    flow.errors += u64::from(hop.error.is_some());
                    flow.latency.record(hop.wait);
                });
                // A handler of a batch handled many messages, and ran once.
                if handlers.insert(hop.process) {
                    self.change_node(consumer, |node| node.handling.record(hop.handling));
                }
            }
            if is_sent {
                let producer = self.node(service_key(&hop.producer));
                let into = self.flow((producer, destination, None, false));
                let tries = first_tries.entry((hop.send, out)).or_default();
                *tries += u64::from(hop.attempt <= 1);
                let send = sends.entry((hop.send, into)).or_insert(Send { took: hop.sending, messages: 1 });
                send.messages = send.messages.max(*tries);
            }
        }
        for ((_, into), send) in sends {
            self.change_flow(into, |flow| {
                flow.count += send.messages;
                flow.latency.record(send.took);
            });
        }
        // It was made for a message that was handled before the window or after it.
        self.flow_places.clear();
        let all = std::mem::take(&mut self.all);
        for flow in all.into_iter().filter(|flow| flow.count > 0) {
            let key = (flow.from, flow.to, flow.group, flow.without_context);
            self.flow_places.insert(key, self.all.len());
            self.all.push(flow);
        }
    }

    fn add_unhandled(&mut self, summaries: &'a [Arc<JourneySummary>], window: &Range<SystemTime>) {
        for message in unhandled(summaries).filter(|message| window.contains(&message.send.sent)) {
            let send = message.send;
            let producer = self.node(service_key(&send.producer));
            let destination = self.node((NodeKind::Destination, &send.destination, &send.system));
            let into = self.flow((producer, destination, None, false));
            let failed = u64::from(send.error.is_some());
            self.change_flow(into, |flow| {
                flow.count += 1;
                flow.errors += failed;
            });
            self.change_node(destination, |node| node.unhandled += 1 - failed);
        }
    }

    fn add_without_context(&mut self, summaries: &'a [Arc<JourneySummary>], window: &Range<SystemTime>) {
        // Such a span does not always name its system here: it is that of the busiest destination of the name.
        let mut systems: HashMap<&str, (u64, Reverse<&str>)> = HashMap::new();
        for flow in &self.all {
            for end in [flow.from, flow.to] {
                if let Some(&(NodeKind::Destination, name, system)) = self.nodes.get(end).map(|it| &it.key) {
                    let rank = (flow.count, Reverse(system));
                    let best = systems.entry(name).or_insert(rank);
                    *best = rank.max(*best);
                }
            }
        }
        for journey in summaries.iter().filter(|journey| window.contains(&journey.started)) {
            for (service, destination) in &journey.without_context {
                let system = systems.get(&**destination).map_or("", |(_, Reverse(system))| system);
                let from = self.node((NodeKind::Destination, destination, system));
                let to = self.node(service_key(service));
                let flow = self.flow((from, to, None, true));
                self.change_flow(flow, |flow| flow.count += 1);
            }
        }
    }

    fn node(&mut self, key: NodeKey<'a>) -> usize {
        *self.node_places.entry(key).or_insert_with(|| {
            self.nodes.push(Node {
                key,
                handling: Durations::default(),
                unhandled: 0,
                journeys: 0,
                messages: 0,
            });
            self.nodes.len() - 1
        })
    }

    fn flow(&mut self, key: FlowKey<'a>) -> usize {
        *self.flow_places.entry(key).or_insert_with(|| {
            let (from, to, group, without_context) = key;
            let latency = Durations::default();
            self.all.push(Flow { from, to, group, without_context, count: 0, errors: 0, latency });
            self.all.len() - 1
        })
    }

    fn change_node(&mut self, place: usize, change: impl FnOnce(&mut Node<'a>)) {
        if let Some(node) = self.nodes.get_mut(place) {
            change(node);
        }
    }

    fn change_flow(&mut self, place: usize, change: impl FnOnce(&mut Flow<'a>)) {
        if let Some(flow) = self.all.get_mut(place) {
            change(flow);
        }
    }
}

fn service_key(name: &str) -> NodeKey<'_> {
    (NodeKind::Service, name, "")
}

fn destination_key(hop: &HopRecord) -> NodeKey<'_> {
    (NodeKind::Destination, &hop.destination, &hop.system)
}
