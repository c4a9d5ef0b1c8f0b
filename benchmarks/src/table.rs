//! The table, as text.

use std::fmt::Write;

use serde::Serialize;

use crate::goals::Goal;
use crate::sides::Sides;

/// What a row's figures count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    Nanoseconds,
    Count,
    Instructions,
    Bytes,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// A heading stands above the first row of each group.
    pub(crate) group: &'static str,
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) sides: Sides,
    /// They are written judged, elsewhere.
    #[serde(skip)]
    pub(crate) goals: Vec<Goal>,
}

impl Row {
    /// Whether each goal is met, as far as there is something to compare with.
    pub(crate) fn verdicts(&self) -> impl Iterator<Item = Option<bool>> {
        // A client's own threads allocate now and then, so that its counts are a few thousandths off.
        let error = if self.unit == Unit::Count { 0.005 } else { 0.0 };
        self.goals.iter().map(move |goal| goal.is_met(&self.sides, error))
    }

    /// tracehop's own.
    pub(crate) fn figure(&self) -> String {
        figure(self.sides.ours, self.unit)
    }

    /// How many times as much it costs by hand. Of allocations it says less than the counts do.
    fn ratio(&self) -> Option<f64> {
        let (by_hand, ours) = (self.sides.by_hand?, self.sides.ours?);
        let is_cost = match self.unit {
            Unit::Nanoseconds | Unit::Instructions => true,
            Unit::Count | Unit::Bytes => false,
        };
        (is_cost && ours > 0.0 && by_hand > 0.0).then(|| by_hand / ours)
    }
}

const NAME: usize = 40;
const FIGURE: usize = 10;
const RATIO: usize = 6;
const GOAL: usize = 20;

pub(crate) fn render(rows: &[Row]) -> String {
    let mut text = line("", ["floor", "by hand", "tracehop"], "ratio", "goal", "verdict");
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = row.group;
            let _ = write!(text, "\n{group}\n");
        }
        let Sides { floor, by_hand, ours } = row.sides;
        let figures = [floor, by_hand, ours].map(|value| figure(value, row.unit));
        let ratio = row.ratio().map(|ratio| format!("{ratio:.1}x")).unwrap_or_default();
        let mut goals = row.goals.iter().zip(row.verdicts()).map(|(goal, verdict)| {
            (goal.text(), verdict.map_or("", |met| if met { "met" } else { "missed" }))
        });
        let (goal, verdict) = goals.next().unwrap_or_default();
        text += &line(&row.name, figures.each_ref().map(String::as_str), &ratio, &goal, verdict);
        for (goal, verdict) in goals {
            text += &line("", [""; 3], "", &goal, verdict);
        }
    }
    text
}

fn line(name: &str, figures: [&str; 3], ratio: &str, goal: &str, verdict: &str) -> String {
    let [floor, by_hand, ours] = figures;
    let line = format!(
        "{name:<NAME$} {floor:>FIGURE$} {by_hand:>FIGURE$} {ours:>FIGURE$} {ratio:>RATIO$}  {goal:<GOAL$} {verdict}"
    );
    format!("{}\n", line.trim_end())
}

fn figure(value: Option<f64>, unit: Unit) -> String {
    let Some(value) = value else { return String::new() };
    match unit {
        Unit::Nanoseconds if value < 100.0 => format!("{value:.1} ns"),
        Unit::Nanoseconds => format!("{value:.0} ns"),
        Unit::Instructions => format!("{value:.0}"),
        Unit::Bytes => format!("{value:.0} B"),
        Unit::Count if (value - value.round()).abs() < 0.005 => format!("{:.0}", value.round().abs()),
        Unit::Count => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goals;

    fn row(unit: Unit, by_hand: f64, ours: f64, goals: &[Goal]) -> Row {
        let sides = Sides { floor: None, by_hand: Some(by_hand), ours: Some(ours) };
        Row { group: "Codec", name: "encode".to_owned(), unit, sides, goals: goals.to_vec() }
    }

    #[test]
    fn a_missed_goal_is_said() {
        let text = render(&[
            row(Unit::Nanoseconds, 200.0, 10.0, &[goals::ENCODE_TIME]),
            row(Unit::Count, 3.0, 0.0, &[goals::ENCODE_ALLOCATIONS]),
        ]);
        assert!(text.contains("20.0x  1   25 x by hand     missed\n"), "{text}");
        assert!(text.contains("1   <= 0             met\n"), "{text}");
        assert_eq!(text.matches("Codec").count(), 1);
    }

    #[test]
    fn every_goal_of_a_figure_has_a_line() {
        let text = render(&[row(Unit::Instructions, 3_000.0, 630.0, goals::EXTRACT_INSTRUCTIONS)]);
        assert!(text.contains("4.8x  4   <= 640           met\n"), "{text}");
        assert!(text.ends_with(" 4   5 x by hand      missed\n"), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let widest = row(Unit::Nanoseconds, 99_999.0, 99.9, &[goals::INJECT_ALLOCATIONS]);
        assert!(render(&[widest]).lines().all(|line| line.len() <= 110));
    }

    #[test]
    fn figures_have_their_unit_and_no_more_digits_than_they_deserve() {
        for (value, unit, expected) in [
            (6.44, Unit::Nanoseconds, "6.4 ns"),
            (197.4, Unit::Nanoseconds, "197 ns"),
            (3.001, Unit::Count, "3"),
            (-0.001, Unit::Count, "0"),
            (3.25, Unit::Count, "3.25"),
        ] {
            assert_eq!(figure(Some(value), unit), expected);
        }
        assert_eq!(figure(None, Unit::Count), "");
    }

    #[test]
    fn only_costs_have_a_ratio() {
        assert_eq!(row(Unit::Nanoseconds, 50.0, 10.0, &[]).ratio(), Some(5.0));
        assert_eq!(row(Unit::Instructions, 2900.0, 290.0, &[]).ratio(), Some(10.0));
        assert_eq!(row(Unit::Count, 3.0, 1.0, &[]).ratio(), None);
        assert_eq!(row(Unit::Nanoseconds, 0.5, -0.1, &[]).ratio(), None);
    }
}
