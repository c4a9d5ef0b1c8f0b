//! A row of the closing table: a suite, or the part of it that needs the same brokers.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::broker::Broker;
use crate::suite::{self, Counts};

pub(super) const HEAD: [&str; 9] =
    ["suite", "broker", "version", "source", "passed", "failed", "not run", "seconds", "why"];

pub(super) struct Row {
    name: String,
    brokers: Vec<&'static Broker>,
    pub(super) counts: Counts,
    not_run: u32,
    why: String,
    took: Duration,
}

impl Row {
    /// Runs tests, and notes what became of them. Each line they print is also given to `watch`.
    pub(super) fn run(
        name: &str,
        brokers: Vec<&'static Broker>,
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
    pub(super) fn not_run(name: &str, brokers: Vec<&'static Broker>, tests: u32, why: String) -> Self {
        let counts = Counts::default();
        Self { name: name.to_owned(), brokers, counts, not_run: tests, why, took: Duration::ZERO }
    }

    pub(super) fn cells(&self) -> [String; 9] {
        let told = |what: &str| {
            self.brokers.iter().map(|broker| broker.told(what).unwrap_or_else(|| "-".to_owned())).collect()
        };
        let mut sources: Vec<String> = told("SOURCE");
        sources.dedup();
        [
            self.name.clone(),
            self.brokers.iter().map(|broker| broker.name).collect::<Vec<_>>().join("+"),
            told("VERSION").join("+"),
            sources.join("+"),
            self.counts.passed.to_string(),
            self.counts.failed.to_string(),
            self.not_run.to_string(),
            format!("{:.1}", self.took.as_secs_f64()),
            self.why.clone(),
        ]
    }
}
