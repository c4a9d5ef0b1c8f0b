//! The conformance table: scenario by broker.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The module of a broker's conformance tests ends so: `kafka_conforms::a_refused_send_says_why`.
const MODULE: &str = "_conforms::";

/// What the conformance tests said.
#[derive(Debug, Default)]
pub(crate) struct Conformance {
    brokers: BTreeSet<String>,
    scenarios: BTreeMap<String, BTreeMap<String, String>>,
}

impl Conformance {
    /// Reads a line such as `test kafka_conforms::a_refused_send_says_why ... ok`; others are passed over.
    pub(crate) fn read(&mut self, line: &str) {
        let test = line.strip_prefix("test ").and_then(|line| line.split_once(" ... "));
        let Some((Some((broker, scenario)), outcome)) =
            test.map(|(name, outcome)| (name.split_once(MODULE), outcome))
        else {
            return;
        };
        self.brokers.insert(broker.to_owned());
        let row = self.scenarios.entry(scenario.replace('_', " ")).or_default();
        row.insert(broker.to_owned(), outcome.to_owned());
    }
}

impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<66}", "conformance")?;
        for broker in &self.brokers {
            write!(f, " {broker:>9}")?;
        }
        writeln!(f)?;
        for (scenario, outcomes) in &self.scenarios {
            write!(f, "{scenario:<66}")?;
            for broker in &self.brokers {
                write!(f, " {:>9}", outcomes.get(broker).map_or("not run", String::as_str))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_one_broker_did_not_run_is_seen() {
        let mut table = Conformance::default();
        for line in [
            "test kafka_conforms::a_relay ... ok",
            "test nats_conforms::a_relay ... FAILED",
            "test nats_conforms::a_send ... ok",
            "test something::else ... ok",
        ] {
            table.read(line);
        }
        let text = table.to_string();
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            rows,
            [
                vec!["conformance", "kafka", "nats"],
                vec!["a", "relay", "ok", "FAILED"],
                vec!["a", "send", "not", "run", "ok"],
            ]
        );
    }
}
