//! Finished spans → journeys → text.
//!
//! One way: `exporter` stores what `span` keeps of each span; `join` groups spans into journeys; `delivery` finds which
//! send brought which handler its message and `tree` puts all spans in order; `hop`, `critical_path`, `waterfall` and
//! `table` are views of that.

mod color;
mod critical_path;
mod delivery;
mod duration;
mod exporter;
mod hop;
mod join;
mod role;
mod span;
mod table;
mod text;
mod tree;
mod waterfall;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use delivery::{Deliveries, Index, deliveries};
use tree::Tree;

pub use color::Color;
pub use exporter::JourneyExporter;
pub use hop::Hop;
pub use role::Role;
pub use span::JourneySpan;
pub use table::{HopRow, HopTable, Percentiles};
pub use waterfall::Waterfall;

/// Every recorded span of one business event, across services and traces, joined by parents *and* links.
///
/// Made by [`JourneyExporter::journeys`]; a snapshot that later spans do not change. It has at least one span.
#[derive(Clone, Debug)]
pub struct Journey {
    /// In order of start; `deliveries` and `tree` name spans by their place here.
    spans: Vec<Arc<JourneySpan>>,
    deliveries: Deliveries,
    tree: Tree,
}

impl Journey {
    fn new(spans: Vec<Arc<JourneySpan>>) -> Self {
        let index = Index::new(&spans);
        let deliveries = deliveries(&index);
        let tree = Tree::new(&index, &deliveries);
        Self { spans, deliveries, tree }
    }

    /// All spans, in order of start.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = &JourneySpan> {
        self.spans.iter().map(Arc::as_ref)
    }

    /// The name of the span that the journey begins with: the earliest of those that come after no other.
    pub fn name(&self) -> &str {
        let first = self.tree.roots().first().and_then(|root| root.spans.first());
        first.and_then(|&place| self.at(place)).map_or("", JourneySpan::name)
    }

    /// The traces the journey runs through, in order of their first spans. More than one: they are joined by links.
    pub fn trace_ids(&self) -> Vec<TraceId> {
        let mut seen = std::collections::HashSet::new();
        self.spans().map(JourneySpan::trace_id).filter(|&trace| seen.insert(trace)).collect()
    }

    /// When the first span started.
    pub fn started(&self) -> SystemTime {
        self.spans.first().map_or(SystemTime::UNIX_EPOCH, |span| span.started())
    }

    /// From the start of the first span to the end of the last one, whichever that is.
    pub fn duration(&self) -> Duration {
        let ended = self.spans().map(JourneySpan::ended).max();
        ended.map_or(Duration::ZERO, |ended| duration::elapsed(self.started(), ended))
    }

    /// Whether any span failed, even if a later attempt succeeded.
    pub fn failed(&self) -> bool {
        self.spans().any(|span| span.error().is_some())
    }

    /// The chain of spans that determines when the journey ends, first span first.
    ///
    /// The chain is found backwards. It ends with the span that ends last. Before each span comes what that span waited
    /// for:
    /// - before a process span the send of its message; of a batch, the message that was sent last, and if the batch was
    ///   sent as created messages, its create span;
    /// - before a receive span the create or send span among its links that ended last;
    /// - before a send that continues another trace, as an outbox relay does, the span its link names;
    /// - before any other span its parent, or if that was not recorded, the span among its links that ended last.
    ///
    /// If the span that ends last is ahead of every hop - a request that waits for the reply - it only waits for the
    /// journey. Then the chain ends with the span that ends last among those that come after it.
    ///
    /// Settlements do not end it: nobody waits for the broker to be told.
    ///
    /// It is one chain, not a schedule: earlier calls that a span made and waited for are not part of it.
    pub fn critical_path(&self) -> Vec<&JourneySpan> {
        critical_path::critical_path(self).into_iter().filter_map(|place| self.at(place)).collect()
    }

    /// The hops, in the order their processing started: one for each pair of a send span and a process span.
    ///
    /// A process span gets its message's creation context as parent, as link or as both. The context belongs to the
    /// send itself, or to a create span or another span that the send links to; of several such sends the hop takes the
    /// one with the same message, then with the same destination, then the latest that started before the processing.
    /// A process span of a batch has a hop for each message. A send whose message nobody was seen to process has none.
    pub fn hops(&self) -> Vec<Hop> {
        self.deliveries.values().flatten().filter_map(|delivery| Hop::of(self, delivery)).collect()
    }

    /// The journey as plain text, one line per span, at most 100 columns wide.
    pub fn waterfall(&self) -> Waterfall<'_> {
        Waterfall::new(self)
    }

    fn at(&self, place: usize) -> Option<&JourneySpan> {
        self.spans.get(place).map(Arc::as_ref)
    }
}
