//! The goals, each with all its figures.

use std::fmt::Write;

use crate::verdict::{Judged, Verdict};

/// What each goal is about; the README says what it asks.
const GOALS: [(u8, &str); 18] = [
    (1, "encode traceparent"),
    (2, "decode traceparent"),
    (3, "inject"),
    (4, "extract"),
    (5, "extract among others"),
    (6, "extract to a Context"),
    (7, "a tracestate of three"),
    (8, "no SDK"),
    (9, "parent unsampled"),
    (10, "sampled send"),
    (11, "sampled receive"),
    (12, "CPU beside the same by hand"),
    (13, "a real client's allocations"),
    (14, "throughput"),
    (15, "a batch of 100"),
    (17, "CPU beyond the bare client"),
    (18, "receive without a sampled span"),
    (19, "RabbitMQ and NATS without a broker"),
];

pub(crate) fn render(judged: &[Judged]) -> String {
    let mut text =
        format!("\nGoals\n{:<4} {:<38} {:>5} {:>7} {:>10}\n", "", "", "met", "missed", "too noisy");
    let mut lines = Vec::new();
    for (number, what) in GOALS
        .iter()
        .map(|(number, what)| (Some(*number), *what))
        .chain([(Some(20), "a sampled receive with OTLP"), (None, "beyond the goals")])
    {
        let of_goal: Vec<_> = judged.iter().filter(|judged| judged.goal == number).collect();
        if of_goal.is_empty() {
            continue;
        }
        let count = |verdict| of_goal.iter().filter(|judged| judged.verdict == verdict).count();
        let [met, missed, noisy] = [Verdict::Met, Verdict::Missed, Verdict::TooNoisy].map(count);
        let number = number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let _ = writeln!(text, "{number:<4} {what:<38} {met:>5} {missed:>7} {noisy:>10}");
        for judged in of_goal.into_iter().filter(|judged| judged.verdict != Verdict::Met) {
            let Judged { row, asked, measured, verdict, .. } = judged;
            lines.push(format!("{number:<4} {row:<70} {measured:>16}  {asked:<22} {}", verdict.text()));
        }
    }
    let met = judged.iter().filter(|judged| judged.verdict == Verdict::Met).count();
    let _ =
        writeln!(text, "{met} of {} figures meet their goals on this machine and in this run.", judged.len());
    if !lines.is_empty() {
        let _ = writeln!(text, "\nThe others\n{}", lines.join("\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_met_is_listed() {
        let judged = |goal, verdict| Judged {
            goal,
            row: "send: time".to_owned(),
            asked: "<= 1".to_owned(),
            measured: "2".to_owned(),
            verdict,
        };
        let all = [
            judged(Some(8), Verdict::Met),
            judged(Some(8), Verdict::Missed),
            judged(None, Verdict::TooNoisy),
        ];
        let text = render(&all);
        assert!(text.contains("8    no SDK"), "{text}");
        assert!(text.contains("1 of 3 figures"), "{text}");
        assert_eq!(text.matches("send: time").count(), 2);
    }
}
