//! The command `tracehop check`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::levels::Levels;
use super::levels_error::LevelsError;
use super::observed::observe;
use super::report::Report;
use crate::duration_text;
use crate::sources::SourceArgs;

/// The exit code for a file or a source that is wrong.
const WRONG: u8 = 2;

/// Checks service levels on what has been seen.
///
/// Exit code 0: all hold; 1: one is broken, or too little was measured to say so; 2: the file or the source is wrong.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The file of levels, in TOML.
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// How far back to look, such as 1h, instead of what the file says.
    #[arg(long, value_name = "DURATION", value_parser = window)]
    window: Option<Duration>,
    /// How the report is printed.
    #[arg(long, value_enum, default_value_t)]
    format: CheckFormat,
    /// Writes the report as `JUnit` XML to this file as well.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    source: SourceArgs,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For CI servers, in XML.
    Junit,
}

fn window(text: &str) -> Result<Duration, String> {
    match duration_text::parse(text) {
        Ok(Duration::ZERO) => Err("nothing happens in no time".to_owned()),
        parsed => parsed.map_err(|error| error.to_string()),
    }
}

impl CheckArgs {
    /// Checks, and prints the report. It blocks while it waits for the source.
    pub fn run(self) -> ExitCode {
        self.run_to(&mut io::stdout().lock(), &mut io::stderr().lock())
    }

    /// As [`run`](Self::run), to other places than the terminal.
    pub fn run_to(self, out: &mut impl Write, err: &mut impl Write) -> ExitCode {
        // Where not even the complaint can be written, the exit code must do.
        let mut say = |what: &str| drop(writeln!(err, "tracehop check: {what}"));
        let report = match self.report(&mut say) {
            Ok(report) => report,
            Err(why) => {
                say(&why);
                return ExitCode::from(WRONG);
            }
        };
        match self.print(&report, out) {
            Ok(()) => report.exit_code(),
            Err(why) => {
                say(&why);
                ExitCode::from(WRONG)
            }
        }
    }

    fn report(&self, say: &mut impl FnMut(&str)) -> Result<Report, String> {
        let levels = self.levels()?;
        let observed = observe(&self.source, levels.window(), levels.tags())?;
        observed.notes.iter().for_each(|note| say(&format!("note: {note}")));
        Ok(levels.check(&observed.journeys, observed.now))
    }

    fn levels(&self) -> Result<Levels, String> {
        let path = self.file.display();
        let bytes = fs::read(&self.file).map_err(|error| format!("{path} cannot be read: {error}"))?;
        let text =
            String::from_utf8(bytes).map_err(|error| format!("{path}: {}", LevelsError::of_utf8(&error)))?;
        let levels = Levels::parse(&text).map_err(|error| format!("{path}: {error}"))?;
        Ok(match self.window {
            Some(window) => levels.over(window),
            None => levels,
        })
    }

    fn print(&self, report: &Report, out: &mut impl Write) -> Result<(), String> {
        let text = match self.format {
            CheckFormat::Table => report.to_string(),
            CheckFormat::Json => report.to_json(),
            CheckFormat::Junit => report.to_junit()?,
        };
        let printed = match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            // `tracehop check … | head`
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(format!("the report cannot be printed: {error}"))
            }
            _ => Ok(()),
        };
        // What cannot be written to one place is still of use in the other.
        if let Some(path) = &self.junit {
            let written = fs::write(path, report.to_junit()?);
            written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        }
        printed
    }
}
