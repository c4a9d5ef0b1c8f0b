//! The order of a journey's spans: what each one came after.

use std::collections::HashMap;

use crate::carried::carried;
use crate::handover::{Handover, Handovers};
use crate::places::Places;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// A forest over the places of a journey's spans.
///
/// What a span comes after depends on what it did:
///
/// - A process span comes after the send of its message. In a batch of created messages it comes after the create span.
/// - A receive span comes after that create or send span among its links that ends last.
/// - A send whose only link names a span of another trace comes after that span. Outbox relays make such sends.
/// - Any other span comes after its parent. Without a parent it comes after that span among its links that ends last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    before: Vec<Option<usize>>,
    after: Vec<Vec<usize>>,
    roots: Vec<Root>,
}

/// Spans that come after nothing recorded.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) origin: Origin,
    pub(crate) spans: Vec<usize>,
}

/// Why a span has nothing before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The journey, or one of its traces, starts here.
    Start,
    /// Its parent or the message's sender is in another process, whose spans are not kept here.
    Remote,
    /// Its parent is in the same process, and has not ended yet or was dropped.
    NotRecorded,
}

impl Tree {
    pub(crate) fn new(index: &Places<'_>, handovers: &Handovers) -> Self {
        let mut before: Vec<Option<usize>> = index
            .spans()
            .map(|(place, span)| {
                let handovers = handovers.get(&place).map_or(&[][..], Vec::as_slice);
                after_message(index, handovers).or_else(|| after_context(index, place, span))
            })
            .collect();
        cut_cycles(&mut before);
        let mut tree = Self { after: vec![Vec::new(); before.len()], before, roots: Vec::new() };
        let mut shared_origins = HashMap::new();
        for (place, span) in index.spans() {
            match tree.before(place) {
                Some(before) => tree.add_after(before, place),
                None => tree.add_root(&mut shared_origins, index, place, span),
            }
        }
        tree
    }

    pub(crate) fn before(&self, place: usize) -> Option<usize> {
        self.before.get(place).copied().flatten()
    }

    /// In order of start.
    pub(crate) fn after(&self, place: usize) -> &[usize] {
        self.after.get(place).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// All spans, each one after the span that it comes after.
    pub(crate) fn top_down(&self) -> Vec<usize> {
        let mut order: Vec<usize> = self.roots.iter().flat_map(|root| root.spans.iter().copied()).collect();
        let mut next = 0;
        while let Some(&place) = order.get(next) {
            order.extend_from_slice(self.after(place));
            next += 1;
        }
        order
    }

    fn add_after(&mut self, before: usize, place: usize) {
        if let Some(after) = self.after.get_mut(before) {
            after.push(place);
        }
    }

    fn add_root(
        &mut self,
        shared: &mut HashMap<SpanKey, usize>,
        index: &Places<'_>,
        place: usize,
        span: &JourneySpan,
    ) {
        // If the parent is recorded but missing here, `cut_cycles` removed the edge.
        let missing = match span.parent() {
            Some(parent) => Some(parent).filter(|_| index.parent_of(span).is_none()),
            None => span.links().first().copied().filter(|_| index.links_of(span).next().is_none()),
        };
        let origin = match missing {
            None => Origin::Start,
            Some(_) if span.parent().is_none() || span.parent_is_remote() => Origin::Remote,
            Some(_) => Origin::NotRecorded,
        };
        let group = missing.map(|key| *shared.entry(key).or_insert(self.roots.len()));
        match group.and_then(|group| self.roots.get_mut(group)) {
            Some(root) => root.spans.push(place),
            None => self.roots.push(Root { origin, spans: vec![place] }),
        }
    }
}

/// What a process span comes after. A batch waited for that of its messages which was sent last.
fn after_message(index: &Places<'_>, handovers: &[Handover]) -> Option<usize> {
    let last = handovers.iter().max_by_key(|handover| index.at(handover.send).map(JourneySpan::ended))?;
    let created = index.at(last.creation).is_some_and(|creation| creation.is(Role::Create));
    let send = index.at(last.send)?;
    // Below a batch send, the create span tells the messages apart.
    let in_batch = created && continued(index, send) != Some(last.creation);
    Some(if in_batch { last.creation } else { last.send })
}

fn after_context(index: &Places<'_>, place: usize, span: &JourneySpan) -> Option<usize> {
    let latest_link = |wanted: fn(&JourneySpan) -> bool| {
        let others = index.links_of(span).filter_map(|link| Some((link, index.at(link)?)));
        // A send links to the create spans below it; it does not come after them.
        let others = others.filter(|(_, other)| index.parent_of(other) != Some(place) && wanted(other));
        others.max_by_key(|(_, other)| other.ended()).map(|(link, _)| link)
    };
    let first = match span.role() {
        Some(Role::Receive) => latest_link(|other| other.role().is_some_and(Role::is_producer)),
        Some(Role::Send) => continued(index, span),
        _ => None,
    };
    first.or_else(|| index.parent_of(span)).or_else(|| latest_link(|_| true))
}

/// The span of another trace that `send` continues: the one that its only link names.
fn continued(index: &Places<'_>, send: &JourneySpan) -> Option<usize> {
    let [link] = send.links() else { return None };
    // With a span active, a send that belongs elsewhere links to that span and does not come after it.
    if link.0 == send.trace_id() || !carried(index, send).contains(link) {
        return None;
    }
    index.place(*link)
}

/// Makes the earliest span of each cycle a root. Real traces have no cycles, but hostile links and parents can make any.
fn cut_cycles(before: &mut [Option<usize>]) {
    let mut walked_from = vec![None; before.len()];
    for from in 0..before.len() {
        let mut next = Some(from);
        while let Some(place) = next
            && let Some(walked) = walked_from.get_mut(place)
        {
            if *walked == Some(from) {
                let earliest = earliest_of_cycle(before, place);
                if let Some(before) = before.get_mut(earliest) {
                    *before = None;
                }
                break;
            }
            // An earlier walk was here, and any cycle that it found is cut already.
            if walked.is_some() {
                break;
            }
            *walked = Some(from);
            next = before.get(place).copied().flatten();
        }
    }
}

fn earliest_of_cycle(before: &[Option<usize>], place: usize) -> usize {
    let next = |&at: &usize| before.get(at).copied().flatten().filter(|&next| next != place);
    std::iter::successors(Some(place), next).min().unwrap_or(place)
}
