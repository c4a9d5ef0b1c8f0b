//! A journey as plain text.

use std::fmt;

use super::layout::Layout;
use super::rows::Rows;
use crate::color::{Color, Meaning, Paint};
use crate::duration::Human;
use crate::journey::Journey;
use crate::text;

const DEFAULT_MAX_LINES: usize = 200;

/// A [`Journey`] as plain text: its spans as a tree, with a bar for each drawn to one scale.
///
/// Each hop shows its three phases on lines of their own: the send, the time in the queue, and the processing. A handler
/// stands below the send of its message, even if it is in another trace. Spans whose sender or parent is unknown stand
/// below `(remote)`. If the unknown parent belongs to the same process, they stand below `(not recorded)`.
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
/// No line is wider than 100 columns, at one column per character. Characters that steer terminals are replaced by `�`.
/// At most 200 lines of spans are printed; then a line says how many spans are missing.
#[derive(Clone, Debug)]
pub struct Waterfall<'a> {
    journey: &'a Journey,
    paint: Paint,
    max_lines: usize,
}

impl Journey {
    /// The journey as plain text, one line per span, at most 100 columns wide.
    pub fn waterfall(&self) -> Waterfall<'_> {
        Waterfall::new(self)
    }
}

impl<'a> Waterfall<'a> {
    fn new(journey: &'a Journey) -> Self {
        Self { journey, paint: Color::default().resolve(), max_lines: DEFAULT_MAX_LINES }
    }

    /// Chooses the colours. `true` and `false` are accepted too. Default: [`Color::Never`].
    pub fn color(self, color: impl Into<Color>) -> Self {
        Self { paint: color.into().resolve(), ..self }
    }

    /// Chooses after how many lines of spans to stop. Default: 200.
    ///
    /// The lines of one span stay together, so there may be two lines more.
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
        let hops = journey.handovers.values().flatten().count();
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
