//! A row of the closing table: a suite, or the part of it that needs the same brokers.

use std::process::Command;
use std::time::{Duration, Instant};

use broker_table::{Broker, set};

use crate::suite::{self, Counts};

pub(super) const HEAD: [&str; 9] =
    ["suite", "broker", "version", "source", "passed", "failed", "not run", "seconds", "why"];

pub(super) struct Row {
    name: String,
    brokers: Vec<Broker>,
    pub(super) counts: Counts,
    not_run: u32,
    why: String,
    took: Duration,
}

impl Row {
    /// Runs tests, and notes what became of them. Each line they print is also given to `watch`.
    pub(super) fn run(
        name: &str,
        brokers: Vec<Broker>,
        command: &mut Command,
        watch: &mut dyn FnMut(&str),
    ) -> anyhow::Result<Self> {
        let started = Instant::now();
        let counts = suite::run(command, watch)?;
        let why = if counts.ignored > 0 { "#[ignore]" } else { "" };
        Ok(Self {
            name: name.to_owned(),
            brokers,
            counts,
            not_run: counts.ignored,
            why: why.to_owned(),
            took: started.elapsed(),
        })
    }

    /// Notes that tests were not run.
    pub(super) fn not_run(name: &str, brokers: Vec<Broker>, tests: u32, why: String) -> Self {
        let counts = Counts::default();
        Self { name: name.to_owned(), brokers, counts, not_run: tests, why, took: Duration::ZERO }
    }

    pub(super) fn cells(&self) -> [String; 9] {
        let told = |variable: fn(Broker) -> String| -> Vec<String> {
            let told = self.brokers.iter().map(|broker| set(&variable(*broker)));
            told.map(|value| value.unwrap_or_else(|| "-".to_owned())).collect()
        };
        let mut sources = told(Broker::source_variable);
        sources.dedup();
        [
            self.name.clone(),
            self.brokers.iter().map(|broker| broker.name()).collect::<Vec<_>>().join("+"),
            told(Broker::version_variable).join("+"),
            sources.join("+"),
            self.counts.passed.to_string(),
            self.counts.failed.to_string(),
            self.not_run.to_string(),
            format!("{:.1}", self.took.as_secs_f64()),
            self.why.clone(),
        ]
    }
}
