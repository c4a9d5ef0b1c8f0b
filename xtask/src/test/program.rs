//! A test program that cargo built.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use broker_table::Broker;
use serde_json::Value;

use super::browser;
use super::needs::{self, UNIT};
use crate::program::output;

/// Listing its tests is all that a program does then.
const LIST: Duration = Duration::from_secs(60);

pub(super) struct Program {
    package: String,
    target: String,
    executable: PathBuf,
    directory: PathBuf,
}

/// Brokers, and the tests that need them.
type Need = (Vec<Broker>, Vec<String>);

impl Program {
    /// Reads one of cargo's messages; most are about something else.
    pub(super) fn read(message: &Value) -> Option<Self> {
        let is_test = message.pointer("/profile/test")?.as_bool()?;
        let executable = message.get("executable")?.as_str().filter(|_| is_test)?;
        let directory = PathBuf::from(message.get("manifest_path")?.as_str()?).parent()?.to_owned();
        let kind = message.pointer("/target/kind/0")?.as_str()?;
        let target = message.pointer("/target/name")?.as_str()?;
        Some(Self {
            package: directory.file_name()?.to_str()?.to_owned(),
            target: if kind == "test" { target.to_owned() } else { UNIT.to_owned() },
            executable: executable.into(),
            directory,
        })
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.package, self.target)
    }

    /// Runs these tests, or all when there are none.
    pub(super) fn command(&self, tests: &[String]) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.directory).env("CARGO_MANIFEST_DIR", &self.directory);
        if !tests.is_empty() {
            command.arg("--exact").args(tests);
        }
        command
    }

    /// Whether its tests run the program `tracehop`.
    pub(super) fn asks_the_viewer(&self) -> bool {
        browser::asks_the_viewer(&self.package)
    }

    /// What its tests need beside brokers and is not there.
    pub(super) fn lacks(&self) -> Option<String> {
        if browser::is_needed(&self.package, &self.target) { browser::missing() } else { None }
    }

    /// Its tests, together with the others that need the same brokers. No tests stand for all of them.
    pub(super) fn tests_by_need(&self) -> anyhow::Result<Vec<Need>> {
        let needs = |test: &str| needs::of(&self.package, &self.target, test);
        // Whatever its tests are called: other programs may not even understand to list them.
        if !needs::may_be_any(&self.package, &self.target) && self.lacks().is_none() {
            return Ok(vec![(Vec::new(), Vec::new())]);
        }
        let list = output(self.command(&[]).args(["--list", "--format", "terse"]), LIST)?;
        Ok(grouped(list.lines().filter_map(|line| line.strip_suffix(": test")), needs))
    }
}

fn grouped<'a>(tests: impl IntoIterator<Item = &'a str>, needs: impl Fn(&str) -> Vec<Broker>) -> Vec<Need> {
    let mut groups: Vec<Need> = Vec::new();
    for test in tests {
        let needed = needs(test);
        match groups.iter_mut().find(|(brokers, _)| *brokers == needed) {
            Some((_, tests)) => tests.push(test.to_owned()),
            None => groups.push((needed, vec![test.to_owned()])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_with_the_same_need_run_together() {
        let tests = ["kafka::a", "nats::a", "kafka::b"];
        let groups =
            grouped(tests, |test| vec![if test.starts_with("kafka") { Broker::Kafka } else { Broker::Nats }]);
        let expected = vec![
            (vec![Broker::Kafka], vec!["kafka::a".to_owned(), "kafka::b".to_owned()]),
            (vec![Broker::Nats], vec!["nats::a".to_owned()]),
        ];
        assert_eq!(groups, expected);
    }
}
