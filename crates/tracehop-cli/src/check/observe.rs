//! What Jaeger, Tempo or a file has seen.

use std::time::{Duration, SystemTime};

use super::check_args::{CheckArgs, Observed};
use crate::sources::{Opened, Source};

/// How many traces are read from an engine.
const MOST_TRACES: usize = 2_000;

impl CheckArgs {
    /// Checks, and prints the report. It reads a running `tracehop view`, or Jaeger, Tempo or a file as `--from` says.
    pub fn run_on_sources(self) -> std::process::ExitCode {
        self.run(observe)
    }
}

fn observe(from: &str, window: Duration) -> Result<Observed, String> {
    let source: Source = from.parse().map_err(|error| format!("--from {from}: {error}"))?;
    let now = SystemTime::now();
    let begin = now.checked_sub(window).unwrap_or(SystemTime::UNIX_EPOCH);
    let gathered = Opened::new(source, Vec::new())
        .within(&(begin..now), MOST_TRACES)
        .map_err(|error| error.to_string())?;
    for note in &gathered.notes {
        eprintln!("{note}");
    }
    let mut index = gathered.index();
    index.refresh();
    Ok(Observed { journeys: index.summaries().cloned().collect(), now })
}
