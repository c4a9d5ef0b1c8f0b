//! What comes after what.

use std::collections::HashMap;

use crate::span_parts::SpanKey;

/// What comes after what, over the places of a list: the trees of a journey, and of the test kit.
///
/// Places are in the order of the list, which is that of start. Cycles are cut at their earliest place: real traces have none, but
/// hostile links and parents can make any.
///
/// ```
/// use tracehop_journey::{Before, Forest, Origin};
///
/// // The second comes after the first; the third after a span that is not here.
/// let missing = (1.into(), 9.into());
/// let before = [Before::Nothing, Before::Place(0), Before::Missing { key: missing, is_remote: true }];
/// let forest = Forest::new(before);
/// assert_eq!(forest.after(0), [1]);
/// assert_eq!(forest.roots()[1].origin, Origin::Remote);
/// let steps: Vec<(usize, usize)> = forest.steps().map(|step| (step.place, step.depth)).collect();
/// assert_eq!(steps, [(0, 0), (1, 1), (2, 0)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Forest {
    before: Vec<Option<usize>>,
    after: Vec<Vec<usize>>,
    roots: Vec<Root>,
}

/// What a place comes after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Another place.
    Place(usize),
    /// A span that is not in the list. All that come after the same one are together.
    Missing {
        /// Which one.
        key: SpanKey,
        /// Whether it is in another process.
        is_remote: bool,
    },
    /// Nothing.
    Nothing,
}

/// Places that come after nothing in the list: one, or several after the same span that is not there.
#[derive(Clone, Debug)]
pub struct Root {
    /// Why.
    pub origin: Origin,
    /// Which.
    pub places: Vec<usize>,
}

/// Why a place comes after nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// Here something begins.
    Start,
    /// What it comes after is in another process, whose spans are not here.
    Remote,
    /// What it comes after is in the same process, and has not ended yet or was dropped.
    NotRecorded,
    /// It comes after itself.
    Cycle,
}

impl Origin {
    /// What stands above the spans of such a root in a text: nothing, `(remote)`, `(not recorded)` or `(cycle)`.
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::Start => None,
            Self::Remote => Some("(remote)"),
            Self::NotRecorded => Some("(not recorded)"),
            Self::Cycle => Some("(cycle)"),
        }
    }
}

impl Forest {
    /// The forest of a list, of which each place says what it comes after.
    pub fn new(list: impl IntoIterator<Item = Before>) -> Self {
        let list: Vec<Before> = list.into_iter().collect();
        let place = |before: &Before| match *before {
            Before::Place(place) if place < list.len() => Some(place),
            _ => None,
        };
        let mut before: Vec<Option<usize>> = list.iter().map(place).collect();
        let cut = cut_cycles(&mut before);
        let mut forest = Self { after: vec![Vec::new(); list.len()], before, roots: Vec::new() };
        let mut missing_roots = HashMap::new();
        for (place, wanted) in list.into_iter().enumerate() {
            match (forest.before(place), wanted) {
                (Some(before), _) => {
                    if let Some(after) = forest.after.get_mut(before) {
                        after.push(place);
                    }
                }
                (None, Before::Missing { key, is_remote }) => {
                    let next = forest.roots.len();
                    let root = *missing_roots.entry((key, is_remote)).or_insert(next);
                    let origin = if is_remote { Origin::Remote } else { Origin::NotRecorded };
                    match forest.roots.get_mut(root) {
                        Some(root) => root.places.push(place),
                        None => forest.roots.push(Root { origin, places: vec![place] }),
                    }
                }
                (None, Before::Nothing) => {
                    forest.roots.push(Root { origin: Origin::Start, places: vec![place] });
                }
                // Cut: it stands at the end.
                (None, Before::Place(_)) => {}
            }
        }
        forest.roots.extend(cut.into_iter().map(|place| Root { origin: Origin::Cycle, places: vec![place] }));
        forest
    }

    /// The place that a place comes after.
    pub fn before(&self, place: usize) -> Option<usize> {
        self.before.get(place).copied().flatten()
    }

    /// The places that come after a place, in their order.
    pub fn after(&self, place: usize) -> &[usize] {
        self.after.get(place).map_or(&[], Vec::as_slice)
    }

    /// The places that come after nothing, in their order; cycles at the end.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// All places, each one after the place that it comes after.
    pub(crate) fn top_down(&self) -> Vec<usize> {
        let mut order: Vec<usize> = self.roots.iter().flat_map(|root| root.places.iter().copied()).collect();
        let mut next = 0;
        while let Some(&place) = order.get(next) {
            order.extend_from_slice(self.after(place));
            next += 1;
        }
        order
    }
}

/// Makes the earliest place of each cycle a root, and says which these are, in order.
fn cut_cycles(before: &mut [Option<usize>]) -> Vec<usize> {
    let mut cut = Vec::new();
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
                cut.push(earliest);
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
    cut.sort_unstable();
    cut
}

fn earliest_of_cycle(before: &[Option<usize>], place: usize) -> usize {
    let next = |&at: &usize| before.get(at).copied().flatten().filter(|&next| next != place);
    std::iter::successors(Some(place), next).min().unwrap_or(place)
}
