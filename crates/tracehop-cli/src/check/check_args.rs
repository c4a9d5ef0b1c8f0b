//! The command `tracehop check`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use tracehop_journey::JourneySummary;

use super::levels::Levels;
use super::report::Report;
use super::view_source;
use crate::duration_text;

/// The exit code for a file or a source that is wrong.
const WRONG: u8 = 2;

/// Checks service levels on what has been seen. Exit code 0: all hold; 1: one is broken, or too little was measured;
/// 2: the file or the source is wrong.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The file of levels, in TOML.
    pub file: PathBuf,
    /// Where the journeys are: view=URL, jaeger=URL, tempo=URL or file=PATH.
    #[arg(long, value_name = "SOURCE", default_value = "view=http://127.0.0.1:7070")]
    pub from: String,
    /// How far back to look, such as 1h, instead of what the file says.
    #[arg(long, value_parser = window)]
    pub window: Option<Duration>,
    /// How the report is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    /// Writes the report in JUnit's XML to this file as well.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// The token of a view that listens beyond this machine.
    #[arg(long, env = "TRACEHOP_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For CI servers.
    Junit,
}

/// What a source has seen, and the time at which the check looks: until then, what waits has waited.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The journeys.
    pub journeys: Vec<Arc<JourneySummary>>,
    /// When it was looked.
    pub now: SystemTime,
}

fn window(text: &str) -> Result<Duration, String> {
    match duration_text::parse(text) {
        Ok(Duration::ZERO) => Err("nothing happens in no time".to_owned()),
        parsed => parsed.map_err(|error| error.to_string()),
    }
}

impl CheckArgs {
    /// Checks, and prints the report. `read` reads every source but a view: it gets what `--from` says and the window, and
    /// returns one line if it cannot.
    pub fn run(self, read: impl FnOnce(&str, Duration) -> Result<Observed, String>) -> ExitCode {
        self.run_to(read, &mut io::stdout().lock(), &mut io::stderr().lock())
    }

    /// As [`run`](Self::run), to other places than the terminal.
    pub fn run_to(
        self,
        read: impl FnOnce(&str, Duration) -> Result<Observed, String>,
        out: &mut impl Write,
        err: &mut impl Write,
    ) -> ExitCode {
        let printed = self.report(read).and_then(|(text, exit_code)| {
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            written.map(|()| exit_code).map_err(|error| format!("the report cannot be printed: {error}"))
        });
        printed.unwrap_or_else(|why| {
            // Where even this cannot be written, the exit code must do.
            let _ = writeln!(err, "tracehop check: {why}");
            ExitCode::from(WRONG)
        })
    }

    fn report(
        &self,
        read: impl FnOnce(&str, Duration) -> Result<Observed, String>,
    ) -> Result<(String, ExitCode), String> {
        let levels = self.levels()?;
        let observed = match self.from.strip_prefix("view=") {
            Some(url) => {
                let seen = view_source::summaries(url, self.token.as_deref(), levels.window())?;
                Observed { journeys: seen.journeys, now: seen.made }
            }
            None => read(&self.from, levels.window())?,
        };
        let report = levels.check(&observed.journeys, observed.now);
        if let Some(path) = &self.junit {
            let written = fs::write(path, junit(&report)?);
            written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        }
        let text = match self.format {
            CheckFormat::Table => report.to_string(),
            CheckFormat::Json => report.to_json(),
            CheckFormat::Junit => junit(&report)?,
        };
        Ok((text, report.exit_code()))
    }

    fn levels(&self) -> Result<Levels, String> {
        let path = &self.file;
        let text = fs::read_to_string(path).map_err(|error| cannot_be_read(path, &error))?;
        let levels = Levels::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(match self.window {
            Some(window) => levels.over(window),
            None => levels,
        })
    }
}

fn cannot_be_read(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be read: {error}", path.display())
}

fn junit(report: &Report) -> Result<String, String> {
    report.to_junit().map_err(|error| format!("the report cannot be written as XML: {error}"))
}
