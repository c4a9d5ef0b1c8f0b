//! The command line of `tracehop import`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::imported::{Imported, import};
use crate::sources::{BaseUrl, Header, SourceError, otlp_client, spans_of_file};

/// Sends the spans of a file to a running `tracehop view`: of an export, of OTLP in JSON or protobuf, of an answer of Jaeger or
/// Tempo. Spans that are there already stay as they are.
///
/// Exits with 0 if all spans were taken, 1 if some were refused, and 2 if nothing could be sent.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// The file.
    file: PathBuf,
    /// Where `tracehop view` takes in OTLP over HTTP.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4318")]
    to: BaseUrl,
    /// A header for each request. May be given several times.
    #[arg(long, value_name = "HEADER")]
    header: Vec<Header>,
    /// The token of a `tracehop view` that listens beyond this machine.
    #[arg(long, value_name = "TOKEN", env = "TRACEHOP_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl ImportArgs {
    /// Runs the command.
    pub fn run(self) -> ExitCode {
        ExitCode::from(self.write(&mut io::stdout().lock(), &mut io::stderr().lock()))
    }

    /// Runs the command. Returns the exit code.
    pub fn write(&self, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        // Who cannot read what is said is not helped by another message.
        match self.import() {
            Ok(imported) => {
                let _ = writeln!(out, "{imported}");
                u8::from(imported.refused > 0)
            }
            Err(why) => {
                let _ = writeln!(err, "tracehop: {why}");
                2
            }
        }
    }

    fn import(&self) -> Result<Imported, String> {
        let said = |error: SourceError| error.to_string();
        let mut headers = self.header.clone();
        if let Some(token) = &self.token {
            headers.push(
                Header::bearer(token).map_err(|_| "the token holds characters that no header may hold")?,
            );
        }
        let spans = spans_of_file(&self.file).map_err(said)?;
        import(&otlp_client(self.to.clone(), &headers), &spans).map_err(said)
    }
}
