//! What the program says when it has started.

use std::fmt;

use crate::entrance::Token;

/// Where everything is. Each line begins with a word, so that scripts find it.
pub(super) struct Announced<'a> {
    pub(super) page: &'a str,
    pub(super) grpc: &'a str,
    pub(super) http: &'a str,
    /// A token that was made now: nobody knows it yet.
    pub(super) made: Option<&'a Token>,
    pub(super) demo: bool,
}

impl fmt::Display for Announced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "page: {}", self.page)?;
        writeln!(f, "otlp grpc: {}", self.grpc)?;
        writeln!(f, "otlp http: {}", self.http)?;
        if let Some(token) = self.made {
            writeln!(f, "token: {}", token.as_str())?;
            writeln!(f, "  open the page as {}/?token={}", self.page, token.as_str())?;
            writeln!(f, "  exporters: OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20{}", token.as_str())?;
        }
        if self.demo {
            writeln!(f, "demo: an order pipeline in this process sends its spans here")?;
        }
        write!(f, "Ctrl-C ends it.")
    }
}
