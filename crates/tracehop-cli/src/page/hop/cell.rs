//! One cell of a heat map: so many messages took so long, then.

use std::time::{Duration, SystemTime};

use maud::{Markup, html};
use tracehop_journey::{HeatCell, HopDetail, HopQuery};

use crate::api::{Address, MessagesAsked, Stretch, nanos, unix_nanos};
use crate::page::parts::{count, lengths, times};

/// What the rows of a heat map are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeatKind {
    Waiting,
    Handling,
}

/// What all cells of a heat map have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'a> {
    pub(super) kind: HeatKind,
    pub(super) hop: &'a HopDetail,
    pub(super) query: &'a HopQuery,
    /// When the window ends. The last column may reach beyond it.
    pub(super) until: SystemTime,
}

impl HeatKind {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Handling => "Handling",
        }
    }

    /// As scripts call it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Handling => "handling",
        }
    }
}

impl Cells<'_> {
    /// A link to the journeys of the messages that a cell counts, around its drawing.
    pub(super) fn link(&self, cell: &HeatCell, drawing: &Markup) -> Markup {
        let (during, length) = (self.during(cell.column), self.length(cell.row));
        let messages = if cell.count == 1 { "message" } else { "messages" };
        let said = match self.kind {
            HeatKind::Waiting => format!("waited {}, handled {}", lengths(length), times(during)),
            HeatKind::Handling => format!("handled for {}, {}", lengths(length), times(during)),
        };
        let said = format!("{} {messages} {said}", count(cell.count));
        html! {
            a.cell href=(self.address(during, length)) aria-label=(said) data-count=(cell.count)
                data-cell={ (self.kind.text()) " " (cell.column) " " (cell.row) } data-column=(cell.column) data-row=(cell.row) {
                title { (said) }
                (drawing)
            }
        }
    }

    fn address(&self, during: Stretch, length: Stretch) -> Address {
        let messages = MessagesAsked {
            hop: self.query.clone(),
            during: Some(during),
            waited: (self.kind == HeatKind::Waiting).then_some(length),
            handled: (self.kind == HeatKind::Handling).then_some(length),
        };
        // A journey may have started long before one of its messages was handled.
        messages.add_to(Address::of("/").with("window", "all"))
    }

    /// The time of a column.
    fn during(&self, column: u32) -> Stretch {
        let begin = |column: u32| {
            let after = u64::from(column).saturating_mul(nanos(self.hop.column));
            unix_nanos(self.hop.from).saturating_add(after)
        };
        let end = begin(column.saturating_add(1)).min(unix_nanos(self.until));
        Stretch { from: begin(column), to: Some(end) }
    }

    /// The durations of a row. Nothing takes longer than what the last one counts.
    fn length(&self, row: u32) -> Stretch {
        let begins = |row: u32| self.hop.rows.get(usize::try_from(row).ok()?).copied().map(nanos);
        let first = begins(row).unwrap_or_else(|| nanos(Duration::ZERO));
        Stretch { from: first, to: row.checked_add(1).and_then(begins) }
    }
}
