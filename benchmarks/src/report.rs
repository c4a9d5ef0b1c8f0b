//! Puts the figures of what needs no broker together.

use crate::case::Case;
use crate::goals::{self, Goal};
use crate::instructions::Exact;
use crate::ours;
use crate::sides::Sides;
use crate::table::{Row, Unit};
use crate::verdict::{Judged, Verdict};

pub(crate) fn size_row() -> Row {
    Row {
        group: "Size",
        name: "Received, beside the client's message".to_owned(),
        unit: Unit::Bytes,
        sides: Sides { ours: Some(ours::RECEIVED_BYTES as f64), ..Sides::default() },
        goals: vec![goals::RECEIVED_BYTES],
    }
}

pub(crate) fn case_rows(case: &Case, times: Option<Sides>, counts: Sides, exact: Option<&Exact>) -> Vec<Row> {
    let mut figures = Vec::new();
    if let Some(times) = times {
        figures.push(("", Unit::Nanoseconds, times, case.goals.time.as_slice()));
    }
    figures.push(("allocations in Rust", Unit::Count, counts, case.goals.allocations.as_slice()));
    if let Some(Exact { instructions, allocations }) = exact {
        if let Some(allocations) = allocations {
            let goals = case.goals.all_allocations.as_slice();
            figures.push(("allocations with librdkafka's", Unit::Count, *allocations, goals));
        }
        figures.push(("instructions", Unit::Instructions, *instructions, case.goals.instructions));
    }
    let row = |name: String, unit, sides, goals: &[Goal]| Row {
        group: case.group,
        name,
        unit,
        sides,
        goals: goals.to_vec(),
    };
    // The case's name stands before its first figure; without times that is alone on its line.
    let mut rows = Vec::new();
    if times.is_none() {
        rows.push(row(case.name.to_owned(), Unit::Count, Sides::default(), &[]));
    }
    rows.extend(figures.into_iter().map(|(what, unit, sides, goals)| {
        let name = if what.is_empty() { case.name.to_owned() } else { format!("    {what}") };
        row(name, unit, sides, goals)
    }));
    rows
}

/// What the rows' figures are to their goals.
pub(crate) fn judge(rows: &[Row]) -> Vec<Judged> {
    let mut judged = Vec::new();
    let mut name = "";
    for row in rows {
        // The figures of a case stand below its name.
        let figure = row.name.trim_start();
        if !row.name.starts_with("    ") {
            name = figure;
        }
        for (goal, verdict) in row.goals.iter().zip(row.verdicts()) {
            if let Some(is_met) = verdict {
                judged.push(Judged {
                    goal: goal.number,
                    row: if figure == name { format!("{name}: time") } else { format!("{name}: {figure}") },
                    asked: goal.asked(),
                    measured: row.figure(),
                    verdict: Verdict::from(is_met),
                });
            }
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Unit;

    #[test]
    fn a_figure_is_judged_under_the_name_of_its_case() {
        let row = |name: &str, unit, goals: Vec<Goal>| Row {
            group: "",
            name: name.to_owned(),
            unit,
            sides: Sides { ours: Some(1.0), ..Sides::default() },
            goals,
        };
        let judged = judge(&[
            row("send, no SDK", Unit::Nanoseconds, vec![goals::NO_SDK_TIME]),
            row("    allocations in Rust", Unit::Count, vec![goals::NO_SDK_ALLOCATIONS]),
        ]);
        let rows: Vec<_> = judged.iter().map(|judged| (judged.row.as_str(), judged.verdict)).collect();
        assert_eq!(
            rows,
            [("send, no SDK: time", Verdict::Met), ("send, no SDK: allocations in Rust", Verdict::Missed)]
        );
    }
}
