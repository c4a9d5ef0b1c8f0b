//! Which arrow of a map was which one of an earlier map.

use std::collections::{HashMap, HashSet};

use tracehop_journey::{DestinationMap, Gap, MapArrow, NodeKind};

/// What names a node in every map: its kind, its name, and of a destination the system.
type NodeKey<'a> = (NodeKind, &'a str, &'a str);

/// What names an arrow in every map: its nodes, the consumer group, and what is not known of its messages.
type ArrowKey<'a> = (Option<NodeKey<'a>>, Option<NodeKey<'a>>, Option<&'a str>, Option<Gap>);

/// Arrows of two maps. Where a map was cut, what it lacks may have been there.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    /// Each arrow of the later map with the earlier one.
    pub(super) rows: Vec<(&'a MapArrow, Option<&'a MapArrow>)>,
    /// The arrows of the earlier map that the later one has no more.
    pub(super) gone: Vec<&'a MapArrow>,
}

impl<'a> Compared<'a> {
    /// Compares the arrows that `of` takes from each map, and keeps their order.
    pub(super) fn of(
        now: &'a DestinationMap,
        before: &'a DestinationMap,
        of: fn(&DestinationMap) -> Vec<&MapArrow>,
    ) -> Self {
        let (later, earlier) = (of(now), of(before));
        let old: HashMap<ArrowKey<'_>, &MapArrow> =
            earlier.iter().map(|arrow| (key(before, arrow), *arrow)).collect();
        let kept: HashSet<ArrowKey<'_>> = later.iter().map(|arrow| key(now, arrow)).collect();
        let rows = later.iter().map(|arrow| (*arrow, old.get(&key(now, arrow)).copied())).collect();
        let gone = earlier.iter().copied().filter(|arrow| !kept.contains(&key(before, arrow))).collect();
        Self { rows, gone }
    }
}

fn key<'a>(map: &'a DestinationMap, arrow: &'a MapArrow) -> ArrowKey<'a> {
    let node = |place: usize| {
        let node = map.nodes.get(place)?;
        Some((node.kind, node.name.as_str(), node.system.as_str()))
    };
    (node(arrow.from), node(arrow.to), arrow.group.as_deref(), arrow.gap)
}
