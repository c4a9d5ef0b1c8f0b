//! The conformance table: scenario by broker.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The module of a broker's conformance tests ends so: `kafka_conforms::a_refused_send_says_why`.
const MODULE: &str = "_conforms::";

/// The module of the one test that runs all scenarios while the broker is killed ends so, and tells of them itself:
/// `kafka_killed_conforms::a_refused_send_says_why`.
const KILLED: &str = "_killed_conforms::";

/// What the conformance tests said.
#[derive(Debug, Default)]
pub(crate) struct Conformance {
    brokers: BTreeSet<String>,
    scenarios: BTreeMap<String, BTreeMap<String, String>>,
    /// What a broker has not, by its own declaration.
    lacking: Vec<String>,
}

impl Conformance {
    /// Reads a line; those that are none of these are passed over:
    ///
    /// - `test kafka_conforms::a_refused_send_says_why ... ok`, of the test harness;
    /// - `scenario kafka_killed_conforms::a_refused_send_says_why ... ok`, of a test that runs many scenarios;
    /// - `lacking kafka_conforms::a_refused_send_says_why ... and why`.
    pub(crate) fn read(&mut self, line: &str) {
        let Some((kind, rest)) = line.split_once(' ') else { return };
        let Some((name, outcome)) = rest.split_once(" ... ") else { return };
        let killed = name.split_once(KILLED);
        match (kind, killed.or_else(|| name.split_once(MODULE))) {
            ("test", Some((broker, scenario))) if killed.is_none() => self.add(broker, scenario, "", outcome),
            ("scenario", Some((broker, scenario))) => self.add(broker, scenario, " (broker killed)", outcome),
            ("lacking", Some((broker, scenario))) => {
                self.lacking.push(format!("{broker}, {}: {outcome}", scenario.replace('_', " ")));
            }
            _ => {}
        }
    }

    fn add(&mut self, broker: &str, scenario: &str, when: &str, outcome: &str) {
        self.brokers.insert(broker.to_owned());
        let row = self.scenarios.entry(scenario.replace('_', " ") + when).or_default();
        row.insert(broker.to_owned(), outcome.to_owned());
    }
}

impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<90}", "conformance")?;
        for broker in &self.brokers {
            write!(f, " {broker:>9}")?;
        }
        writeln!(f)?;
        for (scenario, outcomes) in &self.scenarios {
            write!(f, "{scenario:<90}")?;
            for broker in &self.brokers {
                write!(f, " {:>9}", outcomes.get(broker).map_or("not run", String::as_str))?;
            }
            writeln!(f)?;
        }
        for lacking in &self.lacking {
            writeln!(f, "without it: {lacking}")?;
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
            "test nats_killed_conforms::every_scenario_goes_on ... ok",
            "scenario nats_killed_conforms::a_send ... ok",
            "lacking nats_conforms::a_send ... letters come once",
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
                vec!["a", "send", "(broker", "killed)", "not", "run", "ok"],
                vec!["without", "it:", "nats,", "a", "send:", "letters", "come", "once"],
            ]
        );
    }
}
