//! The lines of a waterfall, before they get columns.

use std::collections::HashSet;
use std::time::Duration;

use super::bar::Phase;
use crate::critical_path::critical_path;
use crate::duration::elapsed;
use crate::forest::Origin;
use crate::handover::Handover;
use crate::journey::Journey;
use crate::preorder::Step;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::wait::Wait;

/// How many levels of the tree are drawn. For deeper spans the outer levels become one `…`.
const MAX_LEVELS: usize = 9;

/// One line: a span, the queue before it, its failure, or the origin of spans that come after nothing recorded.
pub(crate) struct Row<'a> {
    /// Branches of the tree and a name. It is not yet safe to print.
    pub(crate) label: String,
    pub(crate) critical: bool,
    pub(crate) is_error: bool,
    pub(crate) timing: Option<Timing<'a>>,
}

pub(crate) struct Timing<'a> {
    pub(crate) service: &'a str,
    /// The time since the start of the journey.
    pub(crate) start: Duration,
    pub(crate) took: Duration,
    pub(crate) phase: Phase,
    pub(crate) failed: bool,
}

pub(crate) struct Rows<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    pub(crate) spans_left_out: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(journey: &'a Journey, max_lines: usize) -> Self {
        let critical: HashSet<usize> = critical_path(journey).into_iter().collect();
        let mut builder = Builder { journey, critical, branches: Branches::default(), rows: Vec::new() };
        let mut shown = 0;
        for step in journey.tree.steps() {
            if step.is_first && builder.rows.len() < max_lines {
                builder.add_origin(step.origin);
            }
            if builder.rows.len() >= max_lines {
                break;
            }
            builder.add_span(&step);
            shown += 1;
        }
        Self { rows: builder.rows, spans_left_out: journey.spans.len() - shown }
    }
}

struct Builder<'a> {
    journey: &'a Journey,
    critical: HashSet<usize>,
    branches: Branches,
    rows: Vec<Row<'a>>,
}

impl Builder<'_> {
    fn add_origin(&mut self, origin: Origin) {
        let Some(label) = origin.label() else { return };
        self.rows.push(Row { label: label.to_owned(), critical: false, is_error: false, timing: None });
    }

    fn add_span(&mut self, step: &Step) {
        let journey = self.journey;
        let Some(span) = journey.at(step.place) else { return };
        let critical = self.critical.contains(&step.place);
        // The line of the origin stands above the spans of its root.
        let depth = step.depth + usize::from(step.origin != Origin::Start);
        self.branches.enter(depth, !step.is_last);

        if let Some(handovers) = journey.handovers.get(&step.place) {
            let label = self.branches.beside("┆ ") + &queue_label(handovers);
            let timing = queue_timing(journey, handovers, span);
            self.rows.push(Row { label, critical, is_error: false, timing });
        }
        let phase = match span.role() {
            Some(Role::Create | Role::Send) => Phase::Send,
            Some(Role::Process) => Phase::Process,
            _ => Phase::Other,
        };
        let (start, took) = journey.part(span);
        let timing = Timing { service: span.service(), start, took, phase, failed: span.error().is_some() };
        let label = self.branches.at() + span.name();
        self.rows.push(Row { label, critical, is_error: false, timing: Some(timing) });
        let failed = span.error().map(|error| (format!("✗ {error}"), true));
        let handled = span.handled_error().map(|error| (format!("✓ {error}, taken care of"), false));
        if let Some((note, is_error)) = failed.or(handled) {
            let has_children = !journey.tree.after(step.place).is_empty();
            let label = self.branches.below(has_children) + &note;
            self.rows.push(Row { label, critical: false, is_error, timing: None });
        }
    }
}

fn queue_label(handovers: &[Handover]) -> String {
    match handovers {
        [Handover { attempt: attempt @ 2.., .. }] => format!("in queue (attempt {attempt})"),
        [_] => "in queue".to_owned(),
        messages => format!("in queue ({} messages)", messages.len()),
    }
}

/// The time in the queue. For a batch, it is that of the message that waited longest.
fn queue_timing<'a>(
    journey: &'a Journey,
    handovers: &[Handover],
    process: &JourneySpan,
) -> Option<Timing<'a>> {
    let sends = handovers.iter().filter_map(|handover| journey.at(handover.send));
    let first = sends.min_by_key(|send| send.ended())?;
    let wait = Wait::between(first, process);
    Some(Timing {
        service: first.system().unwrap_or("-"),
        start: elapsed(journey.started(), wait.start),
        took: wait.took,
        phase: Phase::Queue,
        failed: false,
    })
}

/// The branches drawn to the left of a name.
#[derive(Default)]
struct Branches {
    /// Whether more spans follow, for each level below the roots.
    open: Vec<bool>,
}

impl Branches {
    fn enter(&mut self, depth: usize, is_open: bool) {
        self.open.truncate(depth.saturating_sub(1));
        if depth > 0 {
            self.open.push(is_open);
        }
    }

    /// Branches to a name.
    fn at(&self) -> String {
        self.beside(if self.open.last() == Some(&true) { "├ " } else { "└ " })
    }

    /// Branches to something that stands at a name's place.
    fn beside(&self, branch: &str) -> String {
        let Some((_, outer)) = self.open.split_last() else { return String::new() };
        drawn(outer, branch)
    }

    /// Branches to something that belongs to a name, on the line after it.
    fn below(&self, has_children: bool) -> String {
        drawn(&self.open, if has_children { "│ " } else { "  " })
    }
}

fn drawn(outer: &[bool], branch: &str) -> String {
    let hidden = (outer.len() + 1).saturating_sub(MAX_LEVELS);
    let mark = if hidden > 0 { "… " } else { "" };
    let rails = outer.iter().skip(hidden).map(|&open| if open { "│ " } else { "  " });
    std::iter::once(mark).chain(rails).chain([branch]).collect()
}
