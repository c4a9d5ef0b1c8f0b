//! Which rows are folded away at first.

use std::collections::HashMap;

use tracehop_journey::{JourneyRow, RowKind};

/// Which rows belong to an earlier try of a message, and are folded away until somebody opens them.
#[derive(Debug)]
pub(super) struct Folds {
    /// For each row, the try's group if it is folded away.
    hidden: Vec<Option<usize>>,
    /// For each row, the group that it opens, if it is the last try.
    opens: Vec<Option<usize>>,
    /// Whether rows stand below it.
    has_below: Vec<bool>,
    /// For each group, the row of its last try that failed.
    failed: HashMap<usize, usize>,
}

/// What the tries of one message have in common, as far as rows tell: where they stand, who handles, and as what.
type Same<'a> = (Option<usize>, &'a str, &'a str);

impl Folds {
    pub(super) fn of(rows: &[JourneyRow]) -> Self {
        let mut folds = Self {
            hidden: vec![None; rows.len()],
            opens: vec![None; rows.len()],
            has_below: vec![false; rows.len()],
            failed: HashMap::new(),
        };
        let groups = groups(rows);
        for (place, row) in rows.iter().enumerate() {
            let above = row.below.and_then(|below| folds.hidden.get(below).copied().flatten());
            if let Some(below) = row.below.and_then(|below| folds.has_below.get_mut(below)) {
                *below = true;
            }
            let own = groups.get(place).copied().flatten();
            let hidden = above.or_else(|| own.filter(|_| row.attempt < row.attempts));
            if let Some(group) = own
                && row.kind == RowKind::Process
                && row.error.is_some()
                && row.attempt < row.attempts
            {
                folds.failed.insert(group, place);
            }
            if let Some(slot) = folds.hidden.get_mut(place) {
                *slot = hidden;
            }
            if let Some(slot) = folds.opens.get_mut(place)
                && row.kind == RowKind::Process
                && row.attempt >= row.attempts
            {
                *slot = own;
            }
        }
        folds
    }

    pub(super) fn hidden(&self, row: usize) -> Option<usize> {
        self.hidden.get(row).copied().flatten()
    }

    pub(super) fn opens(&self, row: usize) -> Option<usize> {
        self.opens.get(row).copied().flatten()
    }

    /// The row of the last earlier try that failed.
    pub(super) fn failed(&self, group: usize) -> Option<usize> {
        self.failed.get(&group).copied()
    }

    pub(super) fn has_below(&self, row: usize) -> bool {
        self.has_below.get(row).copied().unwrap_or(false)
    }
}

/// For each row of a message that was tried more than once, the number of its group. A wait has that of its handler.
fn groups(rows: &[JourneyRow]) -> Vec<Option<usize>> {
    let mut open: HashMap<Same<'_>, (usize, u32)> = HashMap::new();
    let mut groups = vec![None; rows.len()];
    let mut next = 0;
    for (place, row) in rows.iter().enumerate() {
        if row.attempts < 2 || row.kind != RowKind::Process {
            continue;
        }
        // The wait of a try stands before it, maybe above it.
        let wait = place.checked_sub(1).and_then(|before| rows.get(before));
        let wait = wait.filter(|wait| wait.kind == RowKind::Wait && wait.key == row.key);
        let stands = wait.map_or(row.below, |wait| wait.below);
        let same: Same<'_> = (stands, &row.service, &row.label);
        let group = match open.get(&same) {
            Some(&(group, attempt)) if attempt < row.attempt => group,
            _ => {
                next += 1;
                next
            }
        };
        open.insert(same, (group, row.attempt));
        for place in [Some(place), wait.and(place.checked_sub(1))].into_iter().flatten() {
            if let Some(slot) = groups.get_mut(place) {
                *slot = Some(group);
            }
        }
    }
    groups
}
