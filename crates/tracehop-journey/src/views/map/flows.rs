//! Messages, counted by where they come from and where they go.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::map_parts::NodeKind;
use crate::span_parts::SpanKey;
use crate::summary::{Gap, HopRecord, JourneySummary};
use crate::views::durations::Durations;
use crate::views::messages::{Handled, handled, unhandled, unmatched};

/// What names a node: the kind, the name, and of a destination the system.
pub(super) type NodeKey<'a> = (NodeKind, &'a str, &'a str);

/// What names an arrow: its nodes, the consumer group, and what is not known of its messages.
type FlowKey<'a> = (usize, usize, Option<&'a str>, Option<Gap>);

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
    pub(super) gap: Option<Gap>,
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

/// The places of a hop's nodes and flows.
#[derive(Clone, Copy)]
struct Way {
    into: usize,
    out: usize,
    consumer: usize,
}

/// A send that was handled: one line for each of its messages.
struct Sent {
    send: SpanKey,
    into: usize,
    out: usize,
    is_first_try: bool,
    took: Duration,
}

/// A handler that ran: one line for each of its messages.
struct Ran {
    process: SpanKey,
    consumer: usize,
    took: Duration,
}

impl<'a> Flows<'a> {
    pub(super) fn of(summaries: &'a [Arc<JourneySummary>], window: &Range<SystemTime>) -> Self {
        let mut flows = Self::default();
        flows.add_handled(summaries, window);
        flows.add_unhandled(summaries, window);
        flows.add_unmatched(summaries, window);
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
        // Names are shared, so that most hops are known by where these are: to look at the names would take longer.
        let mut ways: HashMap<[usize; 5], Way> = HashMap::new();
        let (mut sent, mut ran) = (Vec::new(), Vec::new());
        let wanted = |it: &Handled<'_>| window.contains(&it.hop.sent) || window.contains(&it.at);
        for Handled { hop, at, .. } in handled(summaries, wanted) {
            let way = *ways.entry(addresses(hop)).or_insert_with(|| self.way(hop));
            if window.contains(&at) {
                self.change_flow(way.out, |flow| {
                    flow.count += 1;
                    flow.errors += u64::from(hop.error.is_some());
                    flow.latency.record(hop.wait);
                });
                ran.push(Ran { process: hop.process, consumer: way.consumer, took: hop.handling });
            }
            if window.contains(&hop.sent) {
                let (Way { into, out, .. }, is_first_try) = (way, hop.attempt <= 1);
                sent.push(Sent { send: hop.send, into, out, is_first_try, took: hop.sending });
            }
        }
        self.add_sends(sent);
        // A handler of a batch handled many messages, and ran once.
        ran.sort_by_key(|it| (order(it.process), it.consumer));
        ran.dedup_by_key(|it| it.process);
        for handler in ran {
            self.change_node(handler.consumer, |node| node.handling.record(handler.took));
        }
        // Flows were made for messages that were handled before the window or after it.
        self.flow_places.clear();
        let all = std::mem::take(&mut self.all);
        for flow in all.into_iter().filter(|flow| flow.count > 0) {
            let key = (flow.from, flow.to, flow.group, flow.gap);
            self.flow_places.insert(key, self.all.len());
            self.all.push(flow);
        }
    }

    /// Counts each send once for each destination. It sent as many messages as its busiest consumer has handled for the first
    /// time, for all that is known.
    fn add_sends(&mut self, mut sent: Vec<Sent>) {
        sent.sort_by_key(|it| (order(it.send), it.into, it.out));
        for send in sent.chunk_by(|a, b| (a.send, a.into) == (b.send, b.into)) {
            let by_consumer = send.chunk_by(|a, b| a.out == b.out);
            let first_tries =
                by_consumer.map(|tries| tries.iter().filter(|it| it.is_first_try).count() as u64);
            let messages = first_tries.max().unwrap_or(0).max(1);
            let Some(first) = send.first() else { continue };
            self.change_flow(first.into, |flow| {
                flow.count += messages;
                flow.latency.record(first.took);
            });
        }
    }

    fn way(&mut self, hop: &'a HopRecord) -> Way {
        let producer = self.node(service_key(&hop.producer));
        let destination = self.node((NodeKind::Destination, &hop.destination, &hop.system));
        let consumer = self.node(service_key(&hop.consumer));
        let into = self.flow((producer, destination, None, None));
        let out = self.flow((destination, consumer, hop.group.as_deref(), None));
        Way { into, out, consumer }
    }

    fn add_unhandled(&mut self, summaries: &'a [Arc<JourneySummary>], window: &Range<SystemTime>) {
        for message in unhandled(summaries).filter(|message| window.contains(&message.send.sent)) {
            let send = message.send;
            let producer = self.node(service_key(&send.producer));
            let destination = self.node((NodeKind::Destination, &send.destination, &send.system));
            let into = self.flow((producer, destination, None, None));
            let failed = u64::from(send.error.is_some());
            self.change_flow(into, |flow| {
                flow.count += 1;
                flow.errors += failed;
            });
            self.change_node(destination, |node| node.unhandled += 1 - failed);
        }
    }

    /// Dotted arrows for messages that no known send has brought. Those with a context are drawn where no other arrow leads: the send
    /// of most has only not come yet.
    fn add_unmatched(&mut self, summaries: &'a [Arc<JourneySummary>], window: &Range<SystemTime>) {
        let systems = self.systems();
        let known: HashSet<(usize, usize)> = self.all.iter().map(|flow| (flow.from, flow.to)).collect();
        for it in unmatched(summaries).map(|it| it.handler).filter(|it| window.contains(&it.started)) {
            let system = if it.system.is_empty() { systems.get(&*it.destination).copied() } else { None };
            let system = system.unwrap_or(&it.system);
            let destination = self.node((NodeKind::Destination, &it.destination, system));
            let consumer = self.node(service_key(&it.consumer));
            self.change_node(consumer, |node| node.handling.record(it.handling));
            let producer = it.producer.as_ref().map(|producer| self.node(service_key(producer)));
            let into = producer.map(|producer| (producer, destination, None));
            let out = (destination, consumer, it.group.as_deref());
            for (from, to, group) in into.into_iter().chain([out]) {
                if it.gap != Gap::NoContext && known.contains(&(from, to)) {
                    continue;
                }
                let flow = self.flow((from, to, group, Some(it.gap)));
                // Whether the send failed is not known.
                let failed = u64::from(to == consumer && it.error.is_some());
                self.change_flow(flow, |flow| {
                    flow.count += 1;
                    flow.errors += failed;
                });
            }
        }
    }

    /// The system of each destination by its name: some spans do not name it. Of several it is that of the busiest one.
    fn systems(&self) -> HashMap<&'a str, &'a str> {
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
        systems.into_iter().map(|(name, (_, Reverse(system)))| (name, system)).collect()
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
            let (from, to, group, gap) = key;
            let latency = Durations::default();
            self.all.push(Flow { from, to, group, gap, count: 0, errors: 0, latency });
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

/// Where the names of a hop's way are in memory. Two that are at the same place are the same.
fn addresses(hop: &HopRecord) -> [usize; 5] {
    let address = |name: &Arc<str>| Arc::as_ptr(name).addr();
    let group = hop.group.as_ref().map_or(0, address);
    [address(&hop.producer), address(&hop.destination), address(&hop.system), address(&hop.consumer), group]
}

/// To sort by an identity takes as long whatever ids somebody chooses.
fn order((trace, span): SpanKey) -> (u128, u64) {
    (u128::from_be_bytes(trace.to_bytes()), u64::from_be_bytes(span.to_bytes()))
}
