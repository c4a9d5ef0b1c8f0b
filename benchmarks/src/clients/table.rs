//! The tables of real clients, as text.

use std::fmt::Write;

use super::allocations::Allocations;
use super::allocators::WithAllocator;
use super::cell::Style;
use super::estimate::{Estimate, ratio};
use super::outcome::Outcome;

const NAME: usize = 52;
const FIGURE: usize = 14;

/// The styles that have a column.
const COLUMNS: [Style; 5] = [Style::Header, Style::ByHand, Style::Tracing, Style::Ours, Style::Whole];

pub(crate) fn render(outcomes: &[Outcome], allocations: &Allocations) -> String {
    let mut text = String::new();
    if !outcomes.is_empty() {
        text += &costs(outcomes);
        text += &throughputs(outcomes);
        text += &lost(outcomes.iter().map(|outcome| (outcome.cell.name(), outcome)));
    }
    if !allocations.0.is_empty() {
        text += &counts(allocations);
    }
    text
}

fn costs(outcomes: &[Outcome]) -> String {
    let mut text = heading(
        "Real clients: microseconds of CPU for each message beyond the bare client's, the exporter's included",
        &["bare", "itself", "header", "by hand", "tracing", "tracehop", "tracehop + sdk", "hand/ours"],
    );
    for outcome in outcomes {
        let mut cells = vec![
            format!("{:.2}", outcome.bare_cpu.value),
            format!("{:+.2} ±{:.2}", outcome.itself_cpu.value, outcome.itself_cpu.error),
        ];
        let least = outcome.least();
        cells.extend(COLUMNS.map(|style| shown(outcome.cpu(style), least)));
        let by_hand = outcome.cpu(Style::ByHand).zip(outcome.cpu(Style::Ours));
        let times = by_hand.and_then(|(by_hand, ours)| ratio(by_hand, ours));
        cells.push(times.map_or_else(
            || "too noisy".to_owned(),
            |times| {
                if times.is_too_noisy(0.0) {
                    "too noisy".to_owned()
                } else {
                    format!("{:.1} ±{:.1}x", times.value, times.error)
                }
            },
        ));
        text += &line(&outcome.cell.name(), &cells);
    }
    text
}

fn throughputs(outcomes: &[Outcome]) -> String {
    let mut text = heading(
        "Real clients: messages a second, as a part of the bare client's",
        &["bare/s", "itself", "header", "by hand", "tracing", "tracehop", "tracehop + sdk"],
    );
    for outcome in outcomes {
        let mut cells = vec![
            format!("{:.0}", outcome.bare_rate.value),
            format!("{:.2} ±{:.2}", outcome.itself_rate.value, outcome.itself_rate.error),
        ];
        cells.extend(COLUMNS.map(|style| shown(outcome.rate(style), 0.05)));
        text += &line(&outcome.cell.name(), &cells);
    }
    text
}

/// What is measured with several allocators.
pub(crate) fn render_allocators(measured: &[WithAllocator]) -> String {
    let mut text = heading(
        "What an allocator gives: microseconds of CPU for each message beyond the bare client's with the same allocator, sampled, OTLP",
        &["bare", "itself", "by hand", "tracehop", "tracehop + sdk"],
    );
    for of in measured {
        let WithAllocator { outcome, .. } = of;
        let mut cells = vec![
            format!("{:.2}", outcome.bare_cpu.value),
            format!("{:+.2} ±{:.2}", outcome.itself_cpu.value, outcome.itself_cpu.error),
        ];
        let styles = [Style::ByHand, Style::Ours, Style::Whole];
        cells.extend(styles.map(|style| shown(outcome.cpu(style), outcome.least())));
        text += &line(&of.name(), &cells);
    }
    text + &lost(measured.iter().map(|of| (of.name(), &of.outcome)))
}

/// Spans that did not arrive are said, and silence says that all did.
fn lost<'a>(outcomes: impl IntoIterator<Item = (String, &'a Outcome)>) -> String {
    let mut text = String::new();
    for (cell, outcome) in outcomes {
        for of in &outcome.styles {
            if let Some(exported) = of.exported.filter(|part| (part - 1.0).abs() > 0.000_01) {
                let style = of.style.name();
                let _ = writeln!(text, "{cell}, {style}: {:.2} % of the spans arrived", exported * 100.0);
            }
        }
    }
    if text.is_empty() { "All spans arrived.\n".to_owned() } else { text }
}

fn counts(allocations: &Allocations) -> String {
    let mut text = heading(
        "Real clients: allocations in Rust for each message beyond the bare client's, sampled",
        &["bare", "", "header", "by hand", "tracing", "tracehop"],
    );
    for counted in &allocations.0 {
        let figures = [counted.header, counted.by_hand, counted.tracing, counted.ours];
        let mut cells = vec![format!("{:.2}", counted.bare), String::new()];
        cells.extend(figures.map(|figure| format!("{figure:.2}")));
        text += &line(&format!("{} {}", counted.broker.name(), counted.direction.name()), &cells);
    }
    text
}

fn heading(title: &str, columns: &[&str]) -> String {
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    format!("\n{title}\n{}", line("", &columns))
}

fn line(name: &str, cells: &[String]) -> String {
    let mut line = format!("{name:<NAME$}");
    for cell in cells {
        let _ = write!(line, " {cell:>FIGURE$}");
    }
    format!("{}\n", line.trim_end())
}

fn shown(estimate: Option<Estimate>, least: f64) -> String {
    match estimate {
        None => String::new(),
        Some(estimate) if estimate.is_too_noisy(least) => "too noisy".to_owned(),
        Some(estimate) => format!("{:.2} ±{:.2}", estimate.value, estimate.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_says_nothing_is_not_shown() {
        let estimate = |error| Some(Estimate { value: 1.0, low: 1.0, high: 1.0, error, rounds: 4 });
        assert_eq!(shown(estimate(0.1), 0.05), "1.00 ±0.10");
        assert_eq!(shown(estimate(0.6), 0.05), "too noisy");
        assert_eq!(shown(None, 0.05), "");
    }
}
