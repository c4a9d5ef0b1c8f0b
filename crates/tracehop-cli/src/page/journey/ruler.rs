//! The ruler above the waterfall.

use std::time::Duration;

use maud::{Markup, html};

use super::lane::Zoom;
use crate::page::parts::human;

pub(super) fn ruler(zoom: Zoom) -> Markup {
    let step = step(zoom.length());
    html! {
        div.ruler aria-hidden="true" {
            span.lab { "from the start" }
            svg.lane width="100%" height="18" focusable="false" {
                @for tick in ticks(zoom, step) {
                    @let x = format!("{:.2}%", zoom.percent(tick));
                    line x1=(x) x2=(x) y1="12" y2="18" {}
                    text x=(x) y="10" { (label(tick)) }
                }
            }
            span.took { "took" }
        }
    }
}

/// The ruler's lines, behind the rows.
pub(super) fn grid(zoom: Zoom) -> Markup {
    html! {
        div.grid aria-hidden="true" {
            svg width="100%" height="100%" focusable="false" {
                @for tick in ticks(zoom, step(zoom.length())) {
                    @let x = format!("{:.2}%", zoom.percent(tick));
                    line x1=(x) x2=(x) y1="0" y2="100%" {}
                }
            }
        }
    }
}

/// Where the ruler has its lines.
pub(super) fn ticks(zoom: Zoom, step: Duration) -> impl Iterator<Item = Duration> {
    let nanos = step.as_nanos().max(1);
    let first = zoom.from.as_nanos().div_ceil(nanos);
    let tick = move |place: u128| {
        let nanos = u64::try_from((first + place) * nanos).unwrap_or(u64::MAX);
        Duration::from_nanos(nanos)
    };
    // The last tick's number would stand beyond the edge.
    (0..12).map(tick).take_while(move |tick| zoom.percent(*tick) < 96.0)
}

/// One, two or five of a power of ten nanoseconds, so that there are three to seven lines.
pub(super) fn step(whole: Duration) -> Duration {
    let wanted = (whole.as_nanos() / 6).max(1);
    let power = 10_u128.pow(wanted.ilog10());
    let step = [1, 2, 5, 10].into_iter().map(|times| times * power).find(|&step| step >= wanted);
    Duration::from_nanos(u64::try_from(step.unwrap_or(power)).unwrap_or(u64::MAX))
}

/// As short as it is exact: `200 ms`, not `200.00 ms`.
fn label(tick: Duration) -> String {
    if tick.is_zero() {
        return "0".to_owned();
    }
    let text = human(tick);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_at_round_numbers() {
        let rows = [
            (191, &["0", "50 ms", "100 ms", "150 ms"][..]),
            (1_000, &["0", "200 ms", "400 ms", "600 ms", "800 ms"]),
            (4_100, &["0", "1 s", "2 s", "3 s"]),
        ];
        for (millis, expected) in rows {
            let zoom = Zoom { from: Duration::ZERO, to: Duration::from_millis(millis) };
            let step = step(zoom.length());
            let labels: Vec<String> = ticks(zoom, step).map(label).collect();
            assert_eq!(labels, expected, "{millis} ms");
        }
    }

    #[test]
    fn no_journey_is_too_short_or_too_long_for_a_ruler() {
        for whole in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(1 << 40), Duration::MAX] {
            let zoom = Zoom { from: Duration::ZERO, to: whole };
            assert!(ticks(zoom, step(zoom.length())).count() <= 12, "{whole:?}");
        }
    }
}
