//! The part of a row that is to scale.

use std::time::Duration;

use maud::{Markup, html};
use tracehop_journey::{JourneyRow, RowKind};

use crate::api::{BadParam, Params, nanos};
use crate::page::parts::{Bar, percent, service_class};

/// The stretch of a journey that is drawn, from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zoom {
    pub(super) from: Duration,
    pub(super) to: Duration,
}

impl Zoom {
    /// The parameter `zoom`: two numbers of nanoseconds joined by a dash. Nonsense in it shows the whole.
    pub(super) fn of(params: &Params, whole: Duration) -> Result<Self, BadParam> {
        let all = Self { from: Duration::ZERO, to: whole };
        let Some(text) = params.get("zoom") else { return Ok(all) };
        let ends = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        let (from, to) = ends.ok_or_else(|| {
            BadParam(format!(
                "zoom={text} is no pair of nanoseconds from the journey's start, such as 0-2000000"
            ))
        })?;
        let zoom = Self { from: Duration::from_nanos(from), to: Duration::from_nanos(to).min(whole) };
        Ok(if zoom.from < zoom.to { zoom } else { all })
    }

    pub(super) fn length(self) -> Duration {
        self.to.saturating_sub(self.from)
    }

    pub(super) fn percent(self, at: Duration) -> f64 {
        percent(at.saturating_sub(self.from), self.length())
    }

    pub(super) fn is_whole(self, whole: Duration) -> bool {
        self.from.is_zero() && self.to >= whole
    }

    pub(super) fn text(self) -> String {
        format!("{}-{}", nanos(self.from), nanos(self.to))
    }

    /// What of a row is in it.
    fn cut(self, row: &JourneyRow) -> Option<Bar> {
        let end = row.start.saturating_add(row.took);
        if end < self.from || row.start > self.to {
            return None;
        }
        let start = row.start.max(self.from);
        Some(Bar { start: start.saturating_sub(self.from), took: end.min(self.to).saturating_sub(start) })
    }
}

/// The row's bar.
pub(super) fn lane(row: &JourneyRow, zoom: Zoom) -> Markup {
    let class = match row.kind {
        RowKind::Wait => "wait",
        _ => service_class(&row.service),
    };
    html! {
        svg.lane width="100%" height="14" aria-hidden="true" focusable="false" {
            @if let Some(bar) = zoom.cut(row) {
                (bar.rect(zoom.length(), class))
                @if row.error.is_some() {
                    // The mark stands at the end of the bar, where the failure became known.
                    @let x = zoom.percent(row.start.saturating_add(row.took)).clamp(0.0, 98.5);
                    text.cross x=(format!("{x:.2}%")) y="11" { "✗" }
                }
            }
        }
    }
}
