//! The command line of `tracehop trace`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum, value_parser};
use tracehop_journey::Color;

use super::shown::Shown;
use crate::sources::{Picked, SourceArgs, SourceError};

/// Shows the journeys of one trace in the terminal: the waterfall over all linked traces, and the hops.
///
/// Exits with 0 if the trace is there, 1 if it is not, and 2 if the source cannot be asked.
#[derive(Args, Clone, Debug)]
pub struct TraceArgs {
    /// The trace: 32 hex digits, or a whole `traceparent`. Or one journey, by its id.
    #[arg(value_name = "TRACE")]
    picked: Picked,
    #[command(flatten)]
    source: SourceArgs,
    /// Print JSON.
    #[arg(long, conflicts_with = "otlp")]
    json: bool,
    /// Print the spans as OTLP in JSON.
    #[arg(long)]
    otlp: bool,
    /// How many journeys to show. A batch is in the journeys of all its messages.
    #[arg(long, value_name = "N", default_value = "3", value_parser = value_parser!(u32).range(1..))]
    journeys: u32,
    /// After how many lines of spans to stop.
    #[arg(long, value_name = "N", default_value_t = 200)]
    lines: usize,
    /// When to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: When,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    /// In a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

impl TraceArgs {
    /// Runs the command.
    pub fn run(self) -> ExitCode {
        ExitCode::from(self.write(&mut io::stdout().lock(), &mut io::stderr().lock()))
    }

    /// Runs the command: the journeys go to `out`, what is to be said about them to `err`. Returns the exit code.
    pub fn write(&self, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        let shown = match self.shown() {
            Ok(shown) => shown,
            Err(Failure::Missing(why)) => return failed(err, &why, 1),
            Err(Failure::Broken(why)) => return failed(err, &why, 2),
        };
        let written = if self.otlp {
            writeln!(out, "{}", shown.otlp())
        } else if self.json {
            writeln!(out, "{}", shown.json())
        } else {
            write!(out, "{}", shown.text(self.color(), self.lines))
        };
        if !self.json {
            for note in shown.notes() {
                // Who cannot read notes is not helped by another message.
                let _ = writeln!(err, "note: {note}");
            }
        }
        match written.and_then(|()| out.flush()) {
            // `tracehop trace … | head`
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => failed(err, &error.to_string(), 2),
            _ => 0,
        }
    }

    fn shown(&self) -> Result<Shown, Failure> {
        let opened = self.source.open().map_err(Failure::Broken)?;
        let gathered = opened.journey(self.picked).map_err(|error| Failure::of(&error))?;
        let missing = || Failure::Missing(format!("there is no {} in {}", self.picked, self.source.source()));
        let most = usize::try_from(self.journeys).unwrap_or(usize::MAX);
        Shown::new(self.picked, gathered, most).ok_or_else(missing)
    }

    fn color(&self) -> Color {
        match self.color {
            When::Auto => Color::Auto,
            When::Always => Color::Always,
            When::Never => Color::Never,
        }
    }
}

enum Failure {
    /// The trace is not there.
    Missing(String),
    /// The source cannot be asked.
    Broken(String),
}

impl Failure {
    fn of(error: &SourceError) -> Self {
        if error.is_not_found() { Self::Missing(error.to_string()) } else { Self::Broken(error.to_string()) }
    }
}

fn failed(err: &mut dyn Write, why: &str, code: u8) -> u8 {
    let _ = writeln!(err, "tracehop: {why}");
    code
}
