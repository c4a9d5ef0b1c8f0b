//! The chart: what each style costs on each broker beyond the bare client.

use std::fmt::Write;

use crate::clients::{Broker, Cell, Direction, Estimate, Outcome, Pipeline, Style};
use crate::servers::Size;

const STYLES: [(Style, &str, &str); 5] = [
    (Style::Header, "one constant header, no span", "#9aa0a6"),
    (Style::ByHand, "by hand, OpenTelemetry's API", "#e8a33d"),
    (Style::Tracing, "by hand, tracing-opentelemetry", "#c4513a"),
    (Style::Ours, "tracehop", "#2f7d5b"),
    (Style::Whole, "tracehop + sdk", "#3566a8"),
];

const PANELS: [(Pipeline, &str); 2] = [
    (Pipeline::Dropped, "batch processor, exporter that drops"),
    (Pipeline::Otlp, "batch processor, OTLP over HTTP to a loopback sink"),
];

const LEFT: f64 = 150.0;
const WIDTH: f64 = 900.0;
/// Of the longest bar; figures stand behind it.
const LENGTH: f64 = 600.0;
const BAR: f64 = 11.0;
const GAP: f64 = 10.0;

/// `None` if nothing that it shows was measured.
pub(crate) fn draw(outcomes: &[Outcome]) -> Option<String> {
    let mut body = String::new();
    let mut y = 64.0;
    let mut is_empty = true;
    for (pipeline, title) in PANELS {
        let groups: Vec<_> = groups(outcomes, pipeline).collect();
        // What is not known better than this makes no bar.
        let longest = groups
            .iter()
            .flat_map(|of| STYLES.map(|(style, _, _)| of.cpu(style)))
            .flatten()
            .map(|estimate| estimate.value)
            .fold(0.0, f64::max);
        if groups.is_empty() || longest <= 0.0 {
            continue;
        }
        is_empty = false;
        let _ = writeln!(body, r#"<text x="12" y="{y}" class="panel">{title}</text>"#);
        y += 14.0;
        for outcome in groups {
            group(&mut body, outcome, longest, y);
            y += BAR * STYLES.len() as f64 + GAP;
        }
        y += 24.0;
    }
    if is_empty {
        return None;
    }
    let mut legend = String::new();
    for (place, (_, name, colour)) in STYLES.into_iter().enumerate() {
        let x = 12.0 + 190.0 * place as f64;
        let _ = writeln!(legend, r#"<rect x="{x}" y="34" width="10" height="10" fill="{colour}"/>"#);
        let _ = writeln!(legend, r#"<text x="{}" y="43">{name}</text>"#, x + 15.0);
    }
    Some(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" aria-label="CPU for each message beyond the bare client">
<style>text {{ font: 11px sans-serif; fill: #222 }} .title {{ font: bold 14px sans-serif }} .panel {{ font: bold 12px sans-serif }} .noisy {{ fill: #888; font-style: italic }}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="20" class="title">Microseconds of CPU for each sampled message, beyond the bare client (100 bytes; less is better)</text>
{legend}{body}</svg>
"##
    ))
}

/// The cells of a panel, in the order of the brokers.
fn groups(outcomes: &[Outcome], pipeline: Pipeline) -> impl Iterator<Item = &Outcome> {
    let cells = Broker::ALL.iter().flat_map(move |broker| {
        [Direction::Send, Direction::Receive].map(|direction| Cell {
            broker: *broker,
            direction,
            pipeline,
            size: Size::Small,
        })
    });
    cells.filter_map(|cell| outcomes.iter().find(|outcome| outcome.cell == cell))
}

fn group(body: &mut String, outcome: &Outcome, longest: f64, top: f64) {
    let Cell { broker, direction, .. } = outcome.cell;
    let name = format!("{} {}", broker.name(), direction.name());
    let middle = top + BAR * STYLES.len() as f64 / 2.0 + 4.0;
    let _ = writeln!(body, r#"<text x="{}" y="{middle}" text-anchor="end">{name}</text>"#, LEFT - 8.0);
    for (place, (style, _, colour)) in STYLES.into_iter().enumerate() {
        let y = top + BAR * place as f64;
        if let Some(estimate) = outcome.cpu(style) {
            bar(body, estimate, outcome.least(), longest, y, colour);
        }
    }
}

fn bar(body: &mut String, estimate: Estimate, least: f64, longest: f64, y: f64, colour: &str) {
    let base = y + BAR - 2.0;
    if estimate.is_too_noisy(least) {
        let _ = writeln!(body, r#"<text x="{LEFT}" y="{base}" class="noisy">too noisy</text>"#);
        return;
    }
    let scale = LENGTH / longest;
    let length = (estimate.value * scale).max(1.0);
    let height = BAR - 1.0;
    let _ =
        writeln!(body, r#"<rect x="{LEFT}" y="{y}" width="{length:.1}" height="{height}" fill="{colour}"/>"#);
    // How far it may be off.
    let (from, to) = (LEFT + length - estimate.error * scale, LEFT + length + estimate.error * scale);
    let middle = y + height / 2.0;
    let _ = writeln!(
        body,
        r##"<line x1="{:.1}" y1="{middle}" x2="{to:.1}" y2="{middle}" stroke="#222"/>"##,
        from.max(LEFT)
    );
    let _ = writeln!(
        body,
        r#"<text x="{:.1}" y="{base}">{:.2} ± {:.2}</text>"#,
        to.max(LEFT + length) + 5.0,
        estimate.value,
        estimate.error
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_figures_there_is_no_chart() {
        assert_eq!(draw(&[]), None);
    }

    #[test]
    fn a_bar_that_says_nothing_is_a_word() {
        let estimate = |error| Estimate { value: 2.0, low: 2.0, high: 2.0, error, rounds: 4 };
        let (mut sure, mut unsure) = (String::new(), String::new());
        bar(&mut sure, estimate(0.1), 0.05, 4.0, 0.0, "#000");
        bar(&mut unsure, estimate(1.0), 0.05, 4.0, 0.0, "#000");
        assert!(sure.contains(r#"width="300.0""#) && sure.contains("2.00 ± 0.10"), "{sure}");
        assert!(unsure.contains("too noisy") && !unsure.contains("rect"), "{unsure}");
    }
}
