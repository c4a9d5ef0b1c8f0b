//! Heat maps: how many messages took how long, when.

use std::time::Duration;

use maud::{Markup, html};
use tracehop_journey::{HeatCell, HopDetail, Latency};

use super::cell::Cells;
use crate::api::{nanos, real};
use crate::page::parts::{clock_text, human};

/// The size of a heat map, in pixels.
const WIDE: f64 = 548.0;
const TALL: f64 = 168.0;
const LEFT: f64 = 58.0;

/// Columns of a heat map, if no cell or line says more.
const COLUMNS: usize = 60;

/// A heat map. `over_time` are percentiles that are drawn over it.
pub(super) fn heat(links: &Cells<'_>, cells: &[HeatCell], over_time: &[Option<Latency>]) -> Markup {
    let (title, hop) = (links.kind.title(), links.hop);
    let frame = Frame { columns: columns(hop), rows: hop.rows.len().max(1) };
    let most = cells.iter().map(|cell| cell.count).max().unwrap_or(0);
    let said = format!(
        "{title} over time: {} cells, at most {most} messages in one. Arrow keys lead from cell to cell.",
        cells.len()
    );
    html! {
        figure.heat {
            figcaption { (title) @if !over_time.is_empty() { span.keys { span.key.p50 { "p50" } span.key.p95 { "p95" } span.key.p99 { "p99" } } } }
            svg viewBox=(format!("0 0 {:.0} {:.0}", LEFT + WIDE + 6.0, TALL + 22.0)) role="group" aria-label=(said) focusable="false" data-heat=(links.kind.text()) {
                rect.ground x=(LEFT) y="0" width=(WIDE) height=(TALL) {}
                @for cell in cells {
                    @if let Some((x, y)) = frame.corner(cell) {
                        (links.link(cell, &html! {
                            rect class={ "h" (step(cell.count, most)) } x=(format!("{x:.1}")) y=(format!("{y:.1}"))
                                width=(format!("{:.1}", frame.wide() - 0.6)) height=(format!("{:.1}", frame.tall() - 0.6)) {}
                        }))
                    }
                }
                @for (name, pick) in LINES {
                    @for points in frame.lines(hop, over_time, pick) { polyline class=(name) points=(points) {} }
                }
                // Each cell says it of itself.
                g aria-hidden="true" { (frame.labels(hop)) }
            }
        }
    }
}

type Pick = fn(&Latency) -> Duration;

const LINES: [(&str, Pick); 3] = [("p50", |it| it.p50), ("p95", |it| it.p95), ("p99", |it| it.p99)];

fn columns(hop: &HopDetail) -> usize {
    let cells = hop.waits.iter().chain(&hop.handlings).map(|cell| cell.column as usize + 1).max();
    let lines = Some(hop.wait_over_time.len()).filter(|&columns| columns > 0);
    lines.or(cells).unwrap_or(COLUMNS).min(1_000)
}

/// From 1 to 6: by the square root, so that a single slow message is seen beside a thousand quick ones.
fn step(count: u32, most: u32) -> u8 {
    let share = (f64::from(count) / f64::from(most.max(1))).sqrt();
    [0.17, 0.33, 0.5, 0.67, 0.84].into_iter().fold(1, |step, edge| step + u8::from(share > edge))
}

fn time_of(hop: &HopDetail, column: u32) -> String {
    let at = hop.column.checked_mul(column).and_then(|after| hop.from.checked_add(after));
    at.map_or_else(String::new, clock_text)
}

struct Frame {
    columns: usize,
    rows: usize,
}

impl Frame {
    fn wide(&self) -> f64 {
        WIDE / real(self.columns)
    }

    fn tall(&self) -> f64 {
        TALL / real(self.rows)
    }

    /// Where a row begins: the shortest one at the bottom.
    fn bottom(&self, row: usize) -> f64 {
        TALL - real(row) * self.tall()
    }

    fn corner(&self, cell: &HeatCell) -> Option<(f64, f64)> {
        let (column, row) = (cell.column as usize, cell.row as usize);
        let is_inside = column < self.columns && row < self.rows;
        is_inside.then(|| (LEFT + real(column) * self.wide(), self.bottom(row + 1)))
    }

    /// Durations at the left, times below.
    fn labels(&self, hop: &HopDetail) -> Markup {
        html! {
            @for (row, begins) in hop.rows.iter().enumerate() {
                @if self.has_label(row) {
                    text.y x=(LEFT - 6.0) y=(format!("{:.1}", self.bottom(row) + 3.0)) { (human(*begins)) }
                }
            }
            @for column in [0, self.columns / 2, self.columns] {
                @let x = LEFT + real(column) * self.wide();
                text class={ "x " (if column == 0 { "first" } else if column == self.columns { "last" } else { "middle" }) }
                    x=(format!("{x:.1}")) y=(TALL + 16.0) { (time_of(hop, u32::try_from(column).unwrap_or(0))) }
            }
        }
    }

    /// Labels need 13 pixels.
    fn has_label(&self, row: usize) -> bool {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few rows")]
        let each = (13.0 / self.tall()).ceil().max(1.0) as usize;
        row.is_multiple_of(each) && self.bottom(row) > 6.0
    }

    /// A line breaks where nothing was handled.
    fn lines(&self, hop: &HopDetail, over_time: &[Option<Latency>], pick: Pick) -> Vec<String> {
        let columns: Vec<_> = over_time.iter().enumerate().take(self.columns).collect();
        let stretches = columns.split(|(_, latency)| latency.is_none_or(|latency| latency.count == 0));
        let points = stretches.filter(|stretch| !stretch.is_empty()).map(|stretch| {
            let middle = |column: usize| LEFT + (real(column) + 0.5) * self.wide();
            let heights = stretch.iter().filter_map(|(column, latency)| {
                let y = self.height(&hop.rows, pick(latency.as_ref()?));
                Some((*column, y))
            });
            let mut points: Vec<String> =
                heights.map(|(column, y)| format!("{:.1},{y:.1}", middle(column))).collect();
            // A single column is a short level line.
            if let ([only], [(column, _)]) = (points.as_slice(), stretch) {
                let y = only.split_once(',').map_or("0", |(_, y)| y).to_owned();
                let half = self.wide() / 2.0;
                points = vec![
                    format!("{:.1},{y}", middle(*column) - half),
                    format!("{:.1},{y}", middle(*column) + half),
                ];
            }
            points.join(" ")
        });
        points.collect()
    }

    /// Between two rows, in proportion to the logarithm.
    fn height(&self, rows: &[Duration], value: Duration) -> f64 {
        let row = rows.partition_point(|begins| *begins <= value).saturating_sub(1);
        let (begins, ends) = (rows.get(row), rows.get(row + 1));
        let log = |duration: Duration| real(nanos(duration).max(1)).ln();
        let within = match (begins, ends) {
            (Some(&begins), Some(&ends)) if ends > begins => {
                ((log(value) - log(begins)) / (log(ends) - log(begins))).clamp(0.0, 1.0)
            }
            // Where the last row ends is not said: as far beyond as the one before is long.
            (Some(&begins), None) => {
                let before = row.checked_sub(1).and_then(|before| rows.get(before));
                let length = before.map_or(1.0, |&before| log(begins) - log(before)).max(0.1);
                ((log(value) - log(begins)) / length).clamp(0.0, 1.0)
            }
            _ => 0.5,
        };
        (self.bottom(row) - within * self.tall()).max(1.0)
    }
}
