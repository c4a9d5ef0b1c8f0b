//! The command line of `tracehop export`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::exported::Exported;
use crate::entrance::{Redaction, RedactionKey, Rule};
use crate::sources::{Picked, SourceArgs};

/// Writes one journey as a file to attach to a bug report: a page in HTML that needs nothing else, or OTLP in JSON.
///
/// Keys and bodies of messages are never in it. `tracehop import` brings both forms back. Exits with 0 if the journey was written,
/// 1 if it is not there, and 2 if the source cannot be asked or the file cannot be written.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// The trace, or the journey's id.
    #[arg(value_name = "TRACE")]
    picked: Picked,
    #[command(flatten)]
    source: SourceArgs,
    /// The file to write. Without it, or for "-", the export goes to the standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The form: by default OTLP for a file whose name ends with .json, and HTML for others.
    #[arg(long, value_name = "FORM")]
    format: Option<Form>,
    /// What nobody shall see: drop:KEY, mask:KEY or hash:KEY, such as drop:user.email; * stands for any characters. May be given
    /// several times.
    #[arg(long, value_name = "RULE")]
    redact: Vec<Rule>,
    /// The key of hashes. Without it, hashes cannot be compared with those of another export.
    #[arg(long, value_name = "KEY", env = "TRACEHOP_REDACT_KEY", hide_env_values = true)]
    redact_key: Option<RedactionKey>,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Html,
    Otlp,
}

impl ExportArgs {
    /// Runs the command.
    pub fn run(self) -> ExitCode {
        ExitCode::from(self.write(&mut io::stdout().lock(), &mut io::stderr().lock()))
    }

    /// Runs the command: the export goes to its file or to `out`, what is to be said to `err`. Returns the exit code.
    pub fn write(&self, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        let (code, said) = match self.export(out) {
            Ok(notes) => (0, notes.into_iter().map(|note| format!("note: {note}")).collect()),
            Err((code, why)) => (code, vec![format!("tracehop: {why}")]),
        };
        for line in said {
            // Who cannot read it is not helped by another message.
            let _ = writeln!(err, "{line}");
        }
        code
    }

    fn export(&self, out: &mut dyn Write) -> Result<Vec<String>, (u8, String)> {
        let opened = self.source.open().map_err(|why| (2, why))?;
        let gathered = opened
            .journey(self.picked)
            .map_err(|error| (if error.is_not_found() { 1 } else { 2 }, error.to_string()))?;
        let mut notes = gathered.notes.clone();
        let missing = || (1, format!("there is no {} in {}", self.picked, self.source.source()));
        let journeys = gathered.journeys(self.picked);
        let (id, others) = journeys.ids().split_first().ok_or_else(missing)?;
        if !others.is_empty() {
            let count = others.len() + 1;
            let others = others.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            notes.push(format!("{count} journeys were found; this is the first. Others: {others}."));
        }
        let journey = journeys.journey(*id).ok_or_else(missing)?;
        let exported = Exported::new(*id, &journey, &self.redaction()?).ok_or_else(missing)?;
        let text = match self.form() {
            Form::Html => exported.html(),
            Form::Otlp => exported.otlp(),
        };
        match self.file() {
            Some(path) => {
                let cannot = |error: io::Error| (2, format!("{} cannot be written: {error}", path.display()));
                fs::write(path, text).map_err(cannot)?;
                notes.push(format!("{} was written.", path.display()));
            }
            None => match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                // `tracehop export … | head`
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    return Err((2, format!("the journey cannot be printed: {error}")));
                }
                _ => {}
            },
        }
        Ok(notes)
    }

    fn redaction(&self) -> Result<Redaction, (u8, String)> {
        let generated = || RedactionKey::generate().map_err(|error| (2, error.to_string()));
        let key = self.redact_key.clone().map_or_else(generated, Ok)?;
        Ok(Redaction::new(self.redact.iter().cloned(), false, key))
    }

    fn form(&self) -> Form {
        let of_name = || match self.file().and_then(|path| path.extension()) {
            Some(extension) if extension.eq_ignore_ascii_case("json") => Form::Otlp,
            _ => Form::Html,
        };
        self.format.unwrap_or_else(of_name)
    }

    fn file(&self) -> Option<&PathBuf> {
        self.out.as_ref().filter(|path| path.as_os_str() != "-")
    }
}
