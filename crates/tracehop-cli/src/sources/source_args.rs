//! Which source, in the command line.

use clap::Args;

use super::header::Header;
use super::opened::Opened;
use super::source::Source;

/// Which source to ask, and with which headers.
#[derive(Args, Clone, Debug)]
pub struct SourceArgs {
    /// Where the spans are: view=URL, jaeger=URL, tempo=URL or file=PATH.
    #[arg(long, value_name = "SOURCE", default_value = "view=http://127.0.0.1:7070")]
    from: Source,
    /// A header for each request, such as "Authorization: Bearer TOKEN". May be given several times.
    #[arg(long, value_name = "HEADER")]
    header: Vec<Header>,
    /// The token of a running `tracehop view` that listens beyond this machine.
    #[arg(long, value_name = "TOKEN", env = "TRACEHOP_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl SourceArgs {
    /// Which source it is.
    pub fn source(&self) -> &Source {
        &self.from
    }

    /// The source, ready to be asked.
    ///
    /// # Errors
    ///
    /// If the token cannot stand in a header.
    pub fn open(&self) -> Result<Opened, String> {
        let mut headers = self.header.clone();
        // It is no secret of Jaeger's or Tempo's.
        if let (Source::View(_), Some(token)) = (&self.from, &self.token) {
            headers.push(
                Header::bearer(token).map_err(|_| "the token holds characters that no header may hold")?,
            );
        }
        Ok(Opened::new(self.from.clone(), headers))
    }
}
