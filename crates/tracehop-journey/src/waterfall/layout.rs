//! The columns of a waterfall.

use std::fmt;

use super::bar::{Phase, Scale};
use super::rows::{Row, Timing};
use crate::color::{Meaning, Paint};
use crate::duration::Human;
use crate::journey::Journey;
use crate::text;

/// The columns of the widest line, one for each character.
const COLUMNS: usize = 100;
const MAX_LABEL: usize = 40;
const MAX_SERVICE: usize = 14;

/// The widths of the columns: labels and services take what they need, bars take the rest.
pub(crate) struct Layout {
    label: usize,
    service: usize,
    scale: Scale,
    paint: Paint,
}

impl Layout {
    pub(crate) fn new(rows: &[Row<'_>], journey: &Journey, paint: Paint) -> Self {
        let labels = rows.iter().filter(|row| row.timing.is_some()).map(|row| text::columns(&row.label));
        let label = labels.max().unwrap_or(0).clamp("span".len(), MAX_LABEL);
        let services =
            rows.iter().filter_map(|row| row.timing.as_ref()).map(|timing| text::columns(timing.service));
        let service = services.max().unwrap_or(0).clamp("service".len(), MAX_SERVICE);
        let others = "◆ ".chars().count() + label + 1 + service + 2 * (1 + Human::WIDTH) + 2;
        Self { label, service, scale: Scale::new(journey.duration(), COLUMNS.saturating_sub(others)), paint }
    }

    pub(crate) fn write_titles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (label, service, time) = (self.label, self.service, Human::WIDTH);
        let titles =
            format!("  {:label$} {:service$} {:>time$} {:>time$}", "span", "service", "start", "took");
        writeln!(f, "{}", self.paint.text(Meaning::Aside, titles))
    }

    pub(crate) fn write_row(&self, f: &mut fmt::Formatter<'_>, row: &Row<'_>) -> fmt::Result {
        if row.critical {
            write!(f, "{} ", self.paint.text(Meaning::Critical, "◆"))?;
        } else {
            write!(f, "  ")?;
        }
        let Some(Timing { service, start, took, phase, failed }) = &row.timing else {
            let note = text::fit(&row.label, COLUMNS - 2);
            let meaning = if row.is_error { Meaning::Failure } else { Meaning::Aside };
            return writeln!(f, "{}", self.paint.text(meaning, note));
        };
        let meaning = match phase {
            _ if *failed => Meaning::Failure,
            Phase::Send => Meaning::Send,
            Phase::Queue => Meaning::Queue,
            Phase::Process => Meaning::Process,
            Phase::Other => Meaning::Aside,
        };
        let (label, service) = (text::fit(&row.label, self.label), text::fit(service, self.service));
        write!(f, "{label:0$} {service:1$}", self.label, self.service)?;
        write!(f, " {:>2$} {:>2$}  ", Human(*start), Human(*took), Human::WIDTH)?;
        let (indent, bar) = self.scale.bar(*phase, *start, *took);
        writeln!(f, "{indent}{}", self.paint.text(meaning, bar))
    }
}
