//! A row of the closing table: what became of a target.

use std::time::Duration;

pub(super) const HEAD: [&str; 6] = ["target", "engine", "executions", "seconds", "executions/s", "findings"];

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) target: String,
    pub(super) engine: &'static str,
    pub(super) executions: u64,
    pub(super) took: Duration,
    pub(super) findings: u64,
}

impl Row {
    pub(super) fn cells(&self) -> [String; 6] {
        let milliseconds = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        [
            self.target.clone(),
            self.engine.to_owned(),
            self.executions.to_string(),
            format!("{:.1}", self.took.as_secs_f64()),
            (self.executions.saturating_mul(1_000) / milliseconds).to_string(),
            self.findings.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_how_many_executions_a_second_makes() {
        let took = Duration::from_millis(2_500);
        let row = Row { target: "x".into(), engine: "stable", executions: 50_000, took, findings: 0 };
        assert_eq!(row.cells(), ["x", "stable", "50000", "2.5", "20000", "0"]);
    }
}
