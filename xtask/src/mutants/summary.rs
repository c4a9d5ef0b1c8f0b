//! What became of the mutants.

use std::fmt;

use anyhow::Context;
use serde_json::Value;

/// The mutants of one run. One that does not compile is unviable, and proves nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    caught: u32,
    /// The tests did not end: they would have noticed.
    timed_out: u32,
    unviable: u32,
    /// Where, and what was done there.
    missed: Vec<String>,
}

impl Summary {
    /// Reads the `outcomes.json` of cargo-mutants.
    pub(super) fn read(json: &str) -> anyhow::Result<Self> {
        let json: Value = serde_json::from_str(json)?;
        let outcomes = json.get("outcomes").and_then(Value::as_array);
        let mut summary = Self::default();
        for outcome in outcomes.context("outcomes.json holds no outcomes")? {
            match outcome.get("summary").and_then(Value::as_str) {
                Some("CaughtMutant") => summary.caught += 1,
                Some("Timeout") => summary.timed_out += 1,
                Some("Unviable") => summary.unviable += 1,
                Some("MissedMutant") => {
                    let name = outcome.pointer("/scenario/Mutant/name").and_then(Value::as_str);
                    summary.missed.push(name.unwrap_or("a mutant without a name").to_owned());
                }
                // That of the tree as it is.
                _ => {}
            }
        }
        Ok(summary)
    }

    fn viable(&self) -> usize {
        self.noticed() + self.missed.len()
    }

    fn noticed(&self) -> usize {
        usize::try_from(self.caught + self.timed_out).unwrap_or(usize::MAX)
    }

    /// How many of a hundred viable mutants were caught; `None` if there were none.
    #[allow(clippy::cast_precision_loss, reason = "thousands")]
    pub(super) fn percent(&self) -> Option<f64> {
        (self.viable() > 0).then(|| 100.0 * self.noticed() as f64 / self.viable() as f64)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for missed in &self.missed {
            writeln!(f, "MISSED {missed}")?;
        }
        write!(
            f,
            "{} viable mutants: {} caught, {} of them by a timeout, and {} missed",
            self.viable(),
            self.noticed(),
            self.timed_out,
            self.missed.len()
        )?;
        if let Some(percent) = self.percent() {
            write!(f, ": {percent:.1} %")?;
        }
        write!(f, ". {} more do not compile", self.unviable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(outcomes: &[(&str, &str)]) -> Summary {
        let outcome = |(summary, name): &(&str, &str)| serde_json::json!({ "summary": summary, "scenario": { "Mutant": { "name": name } } });
        let outcomes: Vec<Value> = outcomes.iter().map(outcome).collect();
        Summary::read(&serde_json::json!({ "outcomes": outcomes }).to_string()).unwrap()
    }

    #[test]
    fn what_the_tests_missed_is_listed() {
        let summary = summary(&[
            ("Success", ""),
            ("CaughtMutant", "a"),
            ("Timeout", "b"),
            ("Unviable", "c"),
            ("CaughtMutant", "d"),
            ("MissedMutant", "src/e.rs:1:2: replace + with -"),
        ]);
        let expected = "MISSED src/e.rs:1:2: replace + with -\n4 viable mutants: 3 caught, 1 of them by a timeout, and \
                        1 missed: 75.0 %. 1 more do not compile";
        assert_eq!(summary.to_string(), expected);
        assert_eq!(summary.percent(), Some(75.0));
    }

    #[test]
    fn without_a_viable_mutant_there_is_no_percentage() {
        assert_eq!(summary(&[("Success", ""), ("Unviable", "a")]).percent(), None);
        assert!(Summary::read("{}").is_err());
    }
}
