//! Text in columns.

use std::fmt::Write;

/// Writes rows below their heads, each column as wide as its widest cell. Columns of numbers end at the same place,
/// others begin there.
pub(crate) fn render<const N: usize>(
    heads: &[&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let head = heads.map(str::to_owned);
    let rows: Vec<[String; N]> = std::iter::once(head).chain(rows).collect();
    let columns: Vec<(usize, bool)> = (0..N).map(|column| width(&rows, column)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, (width, is_number)) in row.iter().zip(&columns) {
            let written =
                if *is_number { write!(line, "{cell:>width$}  ") } else { write!(line, "{cell:<width$}  ") };
            // To a string it cannot fail.
            let _ = written;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// How wide a column is, and whether all of its cells but the head are numbers.
fn width<const N: usize>(rows: &[[String; N]], column: usize) -> (usize, bool) {
    let cells = || rows.iter().filter_map(|row| row.get(column));
    let width = cells().map(|cell| cell.chars().count()).max().unwrap_or_default();
    (width, rows.len() > 1 && cells().skip(1).all(|cell| cell.parse::<f64>().is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_at_the_same_place_and_words_begin_there() {
        let rows = [["conformance", "9", ""], ["journeys", "12", "no nats"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(
            render(&["suite", "passed", "why"], rows),
            "\
suite        passed  why
conformance       9
journeys         12  no nats
"
        );
    }
}
