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
/// Of the longest bar, if the figures behind the bars leave so much.
const LENGTH: f64 = 650.0;
const MARGIN: f64 = 12.0;
/// A character of a label is no wider, in any usual font of this size. A picture cannot ask how wide its letters are.
const CHARACTER: f64 = 6.6;
/// Between a bar and its figure.
const SPACE: f64 = 5.0;
const BAR: f64 = 11.0;
const GAP: f64 = 10.0;

/// `None` if nothing that it shows was measured.
pub(crate) fn draw(outcomes: &[Outcome]) -> Option<String> {
    let (legend, mut y) = legend();
    let mut body = String::new();
    let mut is_empty = true;
    for (pipeline, title) in PANELS {
        let groups: Vec<_> = groups(outcomes, pipeline).collect();
        if groups.is_empty() {
            continue;
        }
        is_empty = false;
        let scale = Scale::new(&groups);
        let _ = writeln!(body, r#"<text x="12" y="{y}" class="panel">{title}</text>"#);
        y += 14.0;
        for outcome in groups {
            group(&mut body, outcome, scale, y);
            y += BAR * STYLES.len() as f64 + GAP;
        }
        y += 24.0;
    }
    if is_empty {
        return None;
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

/// How long bars are. What is not known well enough makes none.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// For each microsecond.
    length: f64,
}

impl Scale {
    /// The longest bar, what it may be off by and the figure behind them all fit.
    fn new(outcomes: &[&Outcome]) -> Self {
        let shown = outcomes.iter().flat_map(|of| {
            let estimates = STYLES.into_iter().filter_map(|(style, _, _)| of.cpu(style));
            estimates.filter(|estimate| !estimate.is_too_noisy(of.least()))
        });
        let (mut longest, mut widest) = (f64::MIN_POSITIVE, 0.0_f64);
        for estimate in shown {
            longest = longest.max(estimate.value.max(0.0) + estimate.error);
            widest = widest.max(width(&figure(estimate)));
        }
        let most = WIDTH - LEFT - SPACE - widest - MARGIN;
        // The shortest bar is as long as this is wide.
        Self { length: (LENGTH.min(most) - 1.0).max(0.0) / longest }
    }
}

fn figure(estimate: Estimate) -> String {
    // Nobody measures so much; if somebody does, it is still to be read.
    if estimate.value.abs() + estimate.error >= 1e6 {
        format!("{:.1e} ± {:.0e}", estimate.value, estimate.error)
    } else {
        format!("{:.2} ± {:.2}", estimate.value, estimate.error)
    }
}

fn width(text: &str) -> f64 {
    CHARACTER * text.chars().count() as f64
}

/// The styles and their colours, in as many lines as they need, and where the rest begins.
fn legend() -> (String, f64) {
    let (mut text, mut x, mut y) = (String::new(), MARGIN, 34.0);
    for (_, name, colour) in STYLES {
        let end = x + 15.0 + width(name);
        if end > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 16.0);
        }
        let _ = writeln!(text, r#"<rect x="{x:.1}" y="{y}" width="10" height="10" fill="{colour}"/>"#);
        let _ = writeln!(text, r#"<text x="{:.1}" y="{}">{name}</text>"#, x + 15.0, y + 9.0);
        x += 15.0 + width(name) + 15.0;
    }
    (text, y + 30.0)
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

fn group(body: &mut String, outcome: &Outcome, scale: Scale, top: f64) {
    let Cell { broker, direction, .. } = outcome.cell;
    let name = format!("{} {}", broker.name(), direction.name());
    let middle = top + BAR * STYLES.len() as f64 / 2.0 + 4.0;
    let _ = writeln!(body, r#"<text x="{}" y="{middle}" text-anchor="end">{name}</text>"#, LEFT - 8.0);
    for (place, (style, _, colour)) in STYLES.into_iter().enumerate() {
        let y = top + BAR * place as f64;
        if let Some(estimate) = outcome.cpu(style) {
            bar(body, estimate, outcome.least(), scale, y, colour);
        }
    }
}

fn bar(body: &mut String, estimate: Estimate, least: f64, scale: Scale, y: f64, colour: &str) {
    let base = y + BAR - 2.0;
    if estimate.is_too_noisy(least) {
        let _ = writeln!(body, r#"<text x="{LEFT}" y="{base}" class="noisy">too noisy</text>"#);
        return;
    }
    let length = (estimate.value * scale.length).max(1.0);
    let height = BAR - 1.0;
    let _ =
        writeln!(body, r#"<rect x="{LEFT}" y="{y}" width="{length:.1}" height="{height}" fill="{colour}"/>"#);
    // How far it may be off.
    let off = estimate.error * scale.length;
    let (from, to) = (LEFT + length - off, LEFT + length + off);
    let middle = y + height / 2.0;
    let _ = writeln!(
        body,
        r##"<line x1="{:.1}" y1="{middle}" x2="{to:.1}" y2="{middle}" stroke="#222"/>"##,
        from.max(LEFT)
    );
    let _ = writeln!(body, r#"<text x="{:.1}" y="{base}">{}</text>"#, to + SPACE, figure(estimate));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::StyleOutcome;

    fn estimate(value: f64, error: f64) -> Estimate {
        Estimate { value, low: value, high: value, error, rounds: 4 }
    }

    /// Every cell of the chart, in which the styles cost these.
    fn outcomes(costs: [Estimate; STYLES.len()]) -> Vec<Outcome> {
        let is_shown = |cell: &Cell| cell.size == Size::Small && cell.direction != Direction::Batch;
        let cells = Cell::all().into_iter().filter(is_shown);
        let outcome = |cell| Outcome {
            cell,
            messages_a_slice: 1,
            bare_cpu: estimate(1.0, 0.0),
            bare_rate: estimate(1.0, 0.0),
            itself_cpu: estimate(0.0, 0.0),
            itself_rate: estimate(1.0, 0.0),
            styles: STYLES
                .into_iter()
                .zip(costs)
                .map(|((style, _, _), cpu)| StyleOutcome { style, cpu, rate: cpu, exported: None })
                .collect(),
        };
        cells.map(outcome).collect()
    }

    /// The value of an attribute.
    fn number(element: &str, name: &str) -> Option<f64> {
        let (_, rest) = element.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()?.parse().ok()
    }

    /// How far to the right an element reaches, and how far down.
    fn ends(element: &str) -> (f64, f64) {
        let x = number(element, "x").or(number(element, "x2")).unwrap_or_default();
        let y = number(element, "y").or(number(element, "y2")).unwrap_or_default();
        let Some(text) = element.strip_prefix("<text") else {
            return (x + number(element, "width").unwrap_or_default(), y);
        };
        let text = text.split(['>', '<']).nth(1).unwrap_or_default();
        let bold = if element.contains("class=\"title\"") { 1.3 } else { 1.1 };
        let is_plain = !element.contains("class=");
        let is_before = element.contains("text-anchor=\"end\"");
        (if is_before { x } else { x + width(text) * if is_plain { 1.0 } else { bold } }, y)
    }

    #[test]
    fn nothing_leaves_the_picture_whatever_the_figures_are() {
        let sets = [
            [0.1, 2.0, 3.0, 1.5, 0.9],
            [-5.0, 0.0, 0.004, 1e-9, -0.0],
            [1.0, 1.0, 123_456.78, 999_999.0, 3.0],
            [1e12, 2e200, 1.0, 1.0, 1.0],
        ];
        for costs in sets {
            for part in [0.0, 0.01, 0.25, 0.9] {
                let costs = costs.map(|value: f64| estimate(value, value.abs() * part));
                let chart = draw(&outcomes(costs)).unwrap();
                let (_, height) = chart.split_once(&format!("viewBox=\"0 0 {WIDTH} ")).unwrap();
                let height: f64 = height.split('"').next().unwrap().parse().unwrap();
                let elements = chart.lines().filter(|line| !line.starts_with("<svg"));
                let mut seen = 0;
                for element in elements.filter(|line| !line.contains("width=\"100%\"")) {
                    let (right, bottom) = ends(element);
                    assert!(right <= WIDTH && bottom <= height, "{element}");
                    seen += 1;
                }
                assert!(seen > STYLES.len(), "{chart}");
            }
        }
    }

    #[test]
    fn the_legend_names_every_style_apart_from_the_next() {
        let (text, _) = legend();
        let mut last = (0.0, 0.0);
        for line in text.lines() {
            let (x, y) = (number(line, "x").unwrap(), number(line, "y").unwrap());
            assert!(x >= last.0 || y > last.1 + 10.0, "{text}");
            last = (ends(line).0, y);
        }
        assert_eq!(text.matches("<text").count(), STYLES.len());
    }

    #[test]
    fn without_figures_there_is_no_chart() {
        assert_eq!(draw(&[]), None);
    }

    #[test]
    fn a_bar_that_says_nothing_is_a_word() {
        let (mut sure, mut unsure) = (String::new(), String::new());
        let scale = Scale { length: 150.0 };
        bar(&mut sure, estimate(2.0, 0.1), 0.05, scale, 0.0, "#000");
        bar(&mut unsure, estimate(2.0, 1.0), 0.05, scale, 0.0, "#000");
        assert!(sure.contains(r#"width="300.0""#) && sure.contains("2.00 ± 0.10"), "{sure}");
        assert!(unsure.contains("too noisy") && !unsure.contains("rect"), "{unsure}");
    }
}
