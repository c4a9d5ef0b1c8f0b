//! A journey as plain text.

mod bar;
mod rows;

use std::fmt;

use super::color::{Color, Meaning, Paint};
use super::duration::Human;
use super::{Journey, JourneySpan, text};
use bar::{Phase, Scale};
use rows::{Row, Rows, Timing};

/// Columns of the widest line, counting one per character.
const COLUMNS: usize = 100;
const MAX_LABEL: usize = 40;
const MAX_SERVICE: usize = 14;
const DEFAULT_MAX_LINES: usize = 200;

/// A [`Journey`] as plain text: its spans as a tree, with a bar for each drawn to one scale.
///
/// Each hop shows its three phases on lines of their own: the send, the time in the queue, the processing. A handler
/// stands below the send of its message, whatever trace it is in. Spans whose sender or parent is unknown stand below
/// `(remote)` or, if it belongs to the same process, below `(not recorded)`.
///
/// ```text
/// place order · 22.0 ms · ok
/// trace 4bf92f3577b34da6a3ce929d0e0e4736 · 3 spans · 1 hop
///   span               service     start     took
/// ◆ place order        checkout     0 µs  2.00 ms  ─────
/// ◆ └ send orders      checkout   500 µs  1.20 ms   ▬▬▬
/// ◆   ┆ in queue       kafka     1.70 ms  12.3 ms     ······························
/// ◆   └ process orders billing   14.0 ms  8.00 ms                                  ███████████████████
/// ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
/// ```
///
/// No line is wider than 100 columns, at one column per character; characters that steer terminals are replaced by
/// `�`. At most 200 lines of spans are printed, then how many spans are missing.
#[derive(Clone, Debug)]
pub struct Waterfall<'a> {
    journey: &'a Journey,
    paint: Paint,
    max_lines: usize,
}

impl<'a> Waterfall<'a> {
    pub(super) fn new(journey: &'a Journey) -> Self {
        Self { journey, paint: Color::default().resolve(), max_lines: DEFAULT_MAX_LINES }
    }

    /// Chooses the colours; `true` and `false` will do. Default: [`Color::Never`].
    pub fn color(self, color: impl Into<Color>) -> Self {
        Self { paint: color.into().resolve(), ..self }
    }

    /// Chooses after how many lines of spans to stop. Default: 200.
    ///
    /// The last span printed keeps its lines together, so there may be two more.
    pub fn max_lines(self, max_lines: usize) -> Self {
        Self { max_lines, ..self }
    }

    fn write_header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let journey = self.journey;
        write!(f, "{} · {} · ", text::fit(journey.name(), 60), Human(journey.duration()))?;
        match journey.spans().filter(|span| span.error().is_some()).count() {
            0 => writeln!(f, "ok")?,
            1 => writeln!(f, "{}", self.paint.text(Meaning::Failure, "✗ 1 error"))?,
            n => writeln!(f, "{}", self.paint.text(Meaning::Failure, format_args!("✗ {n} errors")))?,
        }
        let traces = journey.trace_ids();
        if let Some(first) = traces.first() {
            write!(f, "trace {first}")?;
        }
        if traces.len() > 1 {
            write!(f, " and {} linked", traces.len() - 1)?;
        }
        let hops = journey.deliveries.values().flatten().count();
        writeln!(f, " · {} · {}", Counted(journey.spans.len(), "span"), Counted(hops, "hop"))
    }
}

impl fmt::Display for Waterfall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rows { rows, spans_left_out } = Rows::of(self.journey, self.max_lines);
        let layout = Layout::new(&rows, self.journey, self.paint);
        self.write_header(f)?;
        layout.write_titles(f)?;
        for row in &rows {
            layout.write_row(f, row)?;
        }
        if spans_left_out > 0 {
            writeln!(f, "… {spans_left_out} more spans")?;
        }
        let legend = "◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error";
        write!(f, "{}", self.paint.text(Meaning::Aside, legend))
    }
}

struct Counted(usize, &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// The widths of the columns: labels and services take what they need, bars take the rest.
struct Layout {
    label: usize,
    service: usize,
    scale: Scale,
    paint: Paint,
}

impl Layout {
    fn new(rows: &[Row<'_>], journey: &Journey, paint: Paint) -> Self {
        let labels = rows.iter().filter(|row| row.timing.is_some()).map(|row| text::columns(&row.label));
        let label = labels.max().unwrap_or(0).clamp("span".len(), MAX_LABEL);
        let services =
            rows.iter().filter_map(|row| row.timing.as_ref()).map(|timing| text::columns(timing.service));
        let service = services.max().unwrap_or(0).clamp("service".len(), MAX_SERVICE);
        let others = "◆ ".chars().count() + label + 1 + service + 2 * (1 + Human::WIDTH) + 2;
        Self { label, service, scale: Scale::new(journey.duration(), COLUMNS.saturating_sub(others)), paint }
    }

    fn write_titles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (label, service, time) = (self.label, self.service, Human::WIDTH);
        let titles =
            format!("  {:label$} {:service$} {:>time$} {:>time$}", "span", "service", "start", "took");
        writeln!(f, "{}", self.paint.text(Meaning::Aside, titles))
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, row: &Row<'_>) -> fmt::Result {
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
