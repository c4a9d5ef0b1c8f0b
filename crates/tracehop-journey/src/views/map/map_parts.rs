//! Nodes and arrows of a map.

use crate::summary::Gap;
use crate::views::latency::Latency;

/// A service or a destination.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MapNode {
    /// Which of the two.
    pub kind: NodeKind,
    /// Its name.
    pub name: String,
    /// `messaging.system` of a destination, or an empty text.
    pub system: String,
    /// How far to the right it stands: the longest way to it, cycles apart.
    pub layer: usize,
    /// How long a service handles a message. Of a destination: nothing.
    pub handling: Latency,
    /// Messages sent to the destination that nobody has handled yet.
    pub unhandled: u64,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum NodeKind {
    /// A service, drawn as a box.
    Service,
    /// A topic, queue, exchange or subject, drawn as a pipe.
    Destination,
}

/// What flows from one node to another: a service sends into a destination, a destination delivers to a service.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MapArrow {
    /// The place of the node where it begins.
    pub from: usize,
    /// The place of the node where it ends.
    pub to: usize,
    /// The consumer group, on the way out of a destination.
    pub group: Option<String>,
    /// How many messages there were. On the way out each try counts. Of a gap it is how often a handler ran.
    pub count: u64,
    /// How many failed: sends on the way in, handlers on the way out.
    pub errors: u64,
    /// How long messages waited. On the way into a destination: how long sends took.
    pub latency: Latency,
    /// What is not known of its messages, so that neither their number nor their times can be told.
    pub gap: Option<Gap>,
}
