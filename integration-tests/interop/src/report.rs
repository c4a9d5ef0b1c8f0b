//! The table.

use std::fmt::Write;

use crate::outcome::Outcome;
use crate::row::Row;

const HEADS: [&str; 10] = [
    "peer",
    "hop",
    "trace",
    "joined by",
    "tracestate",
    "baggage",
    "repeats",
    "traceparents",
    "handler",
    "result",
];

/// The table for a terminal: columns as wide as their widest cell, and the notes below.
pub(crate) fn text(rows: &[(Row, Outcome)]) -> String {
    let notes = notes(rows);
    let mut cells = vec![HEADS.map(str::to_owned)];
    cells.extend(rows.iter().map(|(row, outcome)| {
        let mut cells = cells_of(row, outcome);
        let numbers = numbers(row, &notes);
        if let Some(result) = cells.last_mut().filter(|_| !numbers.is_empty()) {
            let _ = write!(result, " [{numbers}]");
        }
        cells
    }));
    let mut widths = [0; 10];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // To a string it cannot fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text + "\n" + &list(&notes)
}

/// The same in Markdown, with the numbers of notes in place of results that are as expected.
pub(crate) fn markdown(rows: &[(Row, Outcome)]) -> String {
    let notes = notes(rows);
    let mut text = String::from(
        "| Peer | Hop | Trace | Joined by | `tracestate` | Baggage | Repeats | `traceparent`s | Handler | Notes |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for (row, outcome) in rows {
        let mut cells = cells_of(row, outcome);
        if let Some(result) = cells.last_mut().filter(|_| outcome.is_ok(row)) {
            *result = numbers(row, &notes);
        }
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text + "\n" + &list(&notes)
}

/// All reasons, each once.
fn notes(rows: &[(Row, Outcome)]) -> Vec<&'static str> {
    let mut notes = Vec::new();
    for note in rows.iter().flat_map(|(row, _)| &row.why) {
        if !notes.contains(note) {
            notes.push(note);
        }
    }
    notes
}

fn numbers(row: &Row, notes: &[&str]) -> String {
    let numbers = notes.iter().zip(1..).filter(|(note, _)| row.why.contains(note));
    numbers.map(|(_, number): (_, u32)| number.to_string()).collect::<Vec<_>>().join(", ")
}

fn list(notes: &[&str]) -> String {
    notes.iter().zip(1..).fold(String::new(), |list, (note, number)| format!("{list}{number}. {note}\n"))
}

fn cells_of(row: &Row, outcome: &Outcome) -> [String; 10] {
    let (peer, hop, result) = (row.peer(), row.hop(), outcome.result(row));
    let Outcome::Made(seen) = outcome else {
        let none = || "–".to_owned();
        return [peer, hop, none(), none(), none(), none(), none(), none(), none(), result];
    };
    let kept = |is: bool| if is { "kept" } else { "lost" }.to_owned();
    [
        peer,
        hop,
        seen.joined.trace().to_owned(),
        seen.joined.to_string(),
        kept(seen.tracestate),
        seen.baggage.to_string(),
        seen.repeats.map_or_else(|| "–".to_owned(), kept),
        seen.traceparents.to_string(),
        if seen.handler { "inside" } else { "outside" }.to_owned(),
        result,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::Missing;
    use crate::rows::rows;
    use crate::seen::Fact;

    fn tried() -> Vec<(Row, Outcome)> {
        let mut rows = rows();
        let best = rows.iter().position(|row| row.why.is_empty()).unwrap();
        let first = rows.swap_remove(best);
        let other = rows.into_iter().find(|row| row.expected.baggage != first.expected.baggage).unwrap();
        let differs = first.expected.with(Fact::NothingIsWritten);
        vec![
            (Row { shape: "send", ..first.clone() }, Outcome::Made(first.expected)),
            (Row { shape: "sendBatch", ..first.clone() }, Outcome::Made(differs)),
            (first.clone(), Outcome::Failed("it died\n  no memory".to_owned())),
            (first.clone(), Outcome::NotRun(Missing { why: "no broker".to_owned(), is_absent: false })),
            (other.clone(), Outcome::Made(other.expected)),
        ]
    }

    #[test]
    fn each_row_is_a_line_whose_columns_stand_below_one_another() {
        let text = text(&tried());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6 + 1 + 1);
        let place = lines[0].find("result").unwrap();
        let results: Vec<String> =
            lines.iter().take(6).map(|line| line.chars().skip(place).collect()).collect();
        assert_eq!(results[1], "ok");
        assert!(results[2].starts_with("FAILED: joined by nothing, expected parent, link; "), "{text}");
        assert_eq!(results[3], "FAILED: it died");
        assert_eq!(results[4], "NOT RUN: no broker");
        assert_eq!(results[5], "ok [1]");
        assert_eq!(lines[7], format!("1. {}", tried()[4].0.why[0]));
    }

    #[test]
    fn markdown_has_notes_where_all_is_as_expected() {
        let tried = tried();
        let text = markdown(&tried);
        let lines: Vec<&str> = text.lines().collect();
        let (table, rest) = lines.split_at(7);
        assert!(table.iter().all(|line| line.matches('|').count() == 11), "{text}");
        assert!(table[2].ends_with("| inside |  |"), "{text}");
        assert!(table[5].ends_with("| NOT RUN: no broker |"), "{text}");
        assert!(table[6].ends_with("| 1 |"), "{text}");
        assert_eq!(rest, ["", &format!("1. {}", tried[4].0.why[0])]);
    }
}
