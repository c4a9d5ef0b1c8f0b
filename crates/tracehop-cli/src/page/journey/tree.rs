//! The rows of the waterfall.

use maud::{Markup, html};
use tracehop_journey::{JourneyRow, RowKind};

use super::folds::Folds;
use super::lane::{Zoom, lane};
use super::parts::Opened;
use crate::api::{Address, BadParam, Params, key_text};
use crate::page::parts::{error_mark, human, named, plain, service_class};

/// How many rows are sent at once.
pub(super) const ROWS: usize = 500;

/// How deep rows are indented, at most. Deeper ones say how deep they are.
const DEEPEST: usize = 16;

/// What of a waterfall is shown.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The first row.
    pub(super) from: usize,
    pub(super) zoom: Zoom,
    /// Whether earlier tries are shown from the start.
    pub(super) all_tries: bool,
    /// The span whose row is marked, in one word.
    pub(super) selected: Option<String>,
}

impl Part {
    pub(super) fn of(opened: &Opened, from: usize, params: &Params) -> Result<Self, BadParam> {
        Ok(Self {
            from: from.min(opened.rows.len().saturating_sub(1)),
            zoom: Zoom::of(params, opened.whole())?,
            all_tries: params.get("tries") == Some("all"),
            selected: params.get("span").map(str::to_owned),
        })
    }

    /// The address of the same at `path`, from another row on.
    fn address(&self, path: String, opened: &Opened, from: usize) -> Address {
        let zoom = (!self.zoom.is_whole(opened.whole())).then(|| self.zoom.text());
        Address::of(path)
            .with("from", from)
            .maybe("zoom", zoom)
            .maybe("tries", self.all_tries.then_some("all"))
    }
}

/// What the columns are, for those who do not see the ruler.
pub(super) fn heads() -> Markup {
    html! {
        div.vh role="row" { @for name in ["what", "when", "took"] { span role="columnheader" { (name) } } }
    }
}

/// The rows from `part.from` on, and the way to those after them.
pub(super) fn tree_rows(opened: &Opened, folds: &Folds, part: &Part) -> Markup {
    let rows = opened.rows.iter().enumerate().skip(part.from).take(ROWS);
    let next = part.from + ROWS;
    let left = opened.rows.len().saturating_sub(next);
    html! {
        @for (place, row) in rows { (tree_row(opened, folds, part, place, row)) }
        @if left > 0 {
            p.more role="row" {
                span role="gridcell" {
                    a href=(part.address(format!("/journeys/{}", opened.id), opened, next))
                        data-more=(part.address(format!("/journeys/{}/rows", opened.id), opened, next)) {
                        "Show " (left.min(ROWS)) " more" }
                    span.soft { " of " (left) " rows that follow" }
                }
            }
        }
    }
}

fn tree_row(opened: &Opened, folds: &Folds, part: &Part, place: usize, row: &JourneyRow) -> Markup {
    let key = key_text(row.key);
    let is_selected = part.selected.as_deref() == Some(key.as_str()) && row.kind != RowKind::Wait;
    let hidden = folds.hidden(place);
    let has_below = folds.has_below(place);
    let depth = row.depth.min(DEEPEST);
    html! {
        div class={ "row d" (depth) @if row.critical { " crit" } @if row.kind == RowKind::Wait { " waits" } @if row.error.is_some() { " failed" } }
            role="row" aria-level=(row.depth + 1) aria-expanded=[has_below.then_some("true")] aria-selected=[is_selected.then_some("true")]
            id=[(row.kind != RowKind::Wait).then(|| format!("s-{key}"))]
            data-row=(place) data-kind=(kind_text(row.kind)) data-below=[row.below] data-span=(key)
            data-try=[hidden] hidden[hidden.is_some() && !part.all_tries] {
            span.lab role="gridcell" {
                @if has_below { button.fold type="button" tabindex="-1" aria-label="Fold what is below" { "▾" } }
                @else { i.leaf {} }
                a.open href={ "?span=" (key) "#s-" (key) }
                    aria-current=[is_selected.then_some("true")] title=(hint(row)) { (label(row)) }
                (beside(opened, folds, part, place, row))
            }
            span.cell role="gridcell" aria-label={ "from " (human(row.start)) } { (lane(row, part.zoom)) }
            span.took role="gridcell" { (human(row.took)) }
        }
    }
}

fn label(row: &JourneyRow) -> Markup {
    let name = named(&row.label);
    html! {
        @if row.kind == RowKind::Wait { i.hatched aria-hidden="true" {} "waits in " b { (name) } }
        @else { i class={ "dot " (service_class(&row.service)) } {} (name) }
    }
}

fn hint(row: &JourneyRow) -> String {
    let start = human(row.start);
    let service = named(&row.service);
    match row.kind {
        RowKind::Wait if row.place.is_empty() => format!("{service}, from {start}"),
        RowKind::Wait => format!("{service} · {}, from {start}", named(&row.place)),
        _ => format!("{} · {service}, from {start}", named(&row.label)),
    }
}

/// What stands behind the name: place, tries, batch, errors, clocks.
fn beside(opened: &Opened, folds: &Folds, part: &Part, place: usize, row: &JourneyRow) -> Markup {
    html! {
        @if row.depth > DEEPEST { span.note { "depth " (row.depth) } }
        @if row.kind == RowKind::Wait && !row.place.is_empty() { span.note { (named(&row.place)) } }
        @if let Some(error) = &row.error { (error_mark(error)) }
        @if let Some(error) = &row.handled_error { span.note { "✗ " (plain(error)) ", taken care of" } }
        @if row.attempts > 1 && row.kind == RowKind::Process {
            @match folds.opens(place) {
                Some(group) => {
                    button.tries type="button" data-tries=(group) aria-expanded=(if part.all_tries { "true" } else { "false" }) {
                        "try " (row.attempt) "/" (row.attempts)
                    }
                    @if let Some(error) = folds.failed(group).and_then(|row| opened.rows.get(row)?.error.as_deref()) {
                        span.before { "after " (error_mark(error)) }
                    }
                }
                None => span.note { "try " (row.attempt) " of " (row.attempts) },
            }
        }
        @if row.batch > 1 { span.note title="The journey shows its own message of it." { "batch of " (row.batch) } }
        @if !row.skew.is_zero() { span.note.clock title="The later one ended before the earlier one began, by their clocks." { "clocks differ by " (human(row.skew)) " or more" } }
    }
}

fn kind_text(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Send => "send",
        RowKind::Wait => "wait",
        RowKind::Process => "process",
        RowKind::Receive => "receive",
        RowKind::Settle => "settle",
        RowKind::Other => "other",
    }
}
