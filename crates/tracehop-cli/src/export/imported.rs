//! Spans on their way into a running view.

use std::fmt;
use std::thread;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use tracehop_journey::JourneySpan;
use tracehop_journey::otlp::export_request;

use super::spans_left::SpansLeft;
use crate::sources::{Client, Reply, SourceError};

/// How often a request is sent if the server has no room, and how long it is waited at most each time.
const TRIES: usize = 10;
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How many characters of a server's message are shown.
const MAX_MESSAGE: usize = 200;

/// What became of the spans of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Imported {
    pub(super) sent: usize,
    pub(super) refused: usize,
    /// Why some were refused, in the server's words.
    why: String,
}

/// Sends the spans.
pub(super) fn import(client: &Client, spans: &[JourneySpan]) -> Result<Imported, SourceError> {
    let mut imported = Imported { sent: spans.len(), ..Imported::default() };
    for portion in SpansLeft(spans) {
        let body = export_request(portion).encode_to_vec();
        let reply = send(client, &body)?;
        let answer = ExportTraceServiceResponse::decode(&*reply.body).unwrap_or_default();
        if let Some(partial) = answer.partial_success.filter(|it| it.rejected_spans > 0) {
            imported.refused += usize::try_from(partial.rejected_spans).unwrap_or(portion.len());
            imported.why =
                partial.error_message.chars().filter(|it| !it.is_control()).take(MAX_MESSAGE).collect();
        }
    }
    Ok(imported)
}

fn send(client: &Client, body: &[u8]) -> Result<Reply, SourceError> {
    let mut tries = 1;
    loop {
        let reply = client.post("/v1/traces", "application/x-protobuf", body)?;
        match reply.status {
            _ if reply.is_success() => return Ok(reply),
            // It has no room now, and says when to come again.
            429 | 503 if tries < TRIES => thread::sleep(reply.retry_after().min(LONGEST_WAIT)),
            _ => return Err(client.refusal(&reply)),
        }
        tries += 1;
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} spans were taken in", self.sent.saturating_sub(self.refused), self.sent)?;
        if self.refused > 0 { write!(f, ": {}", self.why) } else { Ok(()) }
    }
}
