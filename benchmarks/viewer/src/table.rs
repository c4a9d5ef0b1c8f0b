//! How it is told.

use std::fmt;

/// Rows of what was measured, how much, and what it should be.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 3]>,
}

const HEAD: [&str; 3] = ["what", "measured", "goal"];

impl Table {
    /// Adds a row, and prints it at once.
    pub(crate) fn add(&mut self, what: impl fmt::Display, measured: impl fmt::Display, goal: &str) {
        println!("{what}: {measured}");
        self.rows.push([what.to_string(), measured.to_string(), goal.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = HEAD.map(str::to_owned);
        let all = || std::iter::once(&head).chain(&self.rows);
        let width = |column: usize| all().filter_map(|row| Some(row.get(column)?.chars().count())).max();
        let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
        for [what, measured, goal] in all() {
            writeln!(f, "{}", format!("{what:first$}  {measured:second$}  {goal}").trim_end())?;
        }
        Ok(())
    }
}

/// A number with thin groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes in mebibytes.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1_048_576.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_from_their_end() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
        assert_eq!(mebibytes(3 * 1_048_576 / 2), "1.5 MiB");
    }

    #[test]
    fn columns_stand_below_one_another() {
        let mut table = Table::default();
        table.add("a long name", "1", "2");
        table.add("b", "12345", "");
        assert_eq!(
            table.to_string(),
            "what         measured  goal\na long name  1         2\nb            12345\n"
        );
    }
}
