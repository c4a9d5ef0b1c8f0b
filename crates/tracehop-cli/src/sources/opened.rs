//! A source that can be asked.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use super::base_url::BaseUrl;
use super::client::{Client, Server};
use super::engine::Engine;
use super::file::SpanFile;
use super::gathered::Gathered;
use super::gathering::gather;
use super::header::Header;
use super::jaeger::Jaeger;
use super::picked::Picked;
use super::source::Source;
use super::source_error::SourceError;
use super::tempo::Tempo;
use super::view::View;

const VIEW: Server = Server {
    name: "tracehop view",
    hint: "Is `tracehop view` running, and is this the address of its page?",
    asks_who: "It wants a token: give --token TOKEN, or set TRACEHOP_TOKEN.",
    refuses: "It does not accept this token: give the one with which it was started, by --token or TRACEHOP_TOKEN.",
};
const OTLP: Server =
    Server { hint: "Is `tracehop view` running, and is this its address for OTLP over HTTP?", ..VIEW };
const JAEGER: Server = Server { name: "Jaeger", hint: "Is its query port 16686?", ..BACKEND };
const TEMPO: Server = Server { name: "Tempo", hint: "Is its HTTP port 3200?", ..BACKEND };

/// What all but a running `tracehop view` have in common.
const BACKEND: Server = Server {
    name: "",
    hint: "",
    asks_who: "It wants to know who asks: give --header \"Authorization: Bearer TOKEN\".",
    refuses: "It does not accept what --header says.",
};

/// How long one answer may take.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A source that can be asked. It blocks while it waits for answers: within an asynchronous program, use a thread.
#[derive(Clone, Debug)]
pub struct Opened {
    source: Source,
    headers: Vec<Header>,
    time_limit: Duration,
}

impl Opened {
    /// A source, with headers for each request.
    pub fn new(source: Source, headers: Vec<Header>) -> Self {
        Self { source, headers, time_limit: TIME_LIMIT }
    }

    /// How long each answer may take. Default: 10 seconds.
    pub fn time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// What is meant: of a running `tracehop view` the journeys as it knows them; of others the spans of the trace and of those that
    /// are linked with it, both ways, as far as the source can tell: at most 64 traces.
    ///
    /// # Errors
    ///
    /// If the trace or the journey cannot be read. What goes wrong with other traces is a note.
    pub fn journey(&self, picked: impl Into<Picked>) -> Result<Gathered, SourceError> {
        let picked = picked.into();
        match self.view() {
            Some(client) => View::new(client).journeys(picked),
            None => gather(&*self.engine()?, picked.trace()),
        }
    }

    /// The spans of at most so many traces of this time.
    ///
    /// # Errors
    ///
    /// If the source cannot be read. A running `tracehop view` gives no spans of a time: ask it for summaries.
    pub fn within(&self, window: &Range<SystemTime>, most: usize) -> Result<Gathered, SourceError> {
        self.engine()?.within(window, most)
    }

    /// What asks a running `tracehop view` for more than spans, or `None` if the source is something else.
    pub fn view(&self) -> Option<Client> {
        match &self.source {
            Source::View(url) => Some(self.client(VIEW, url)),
            _ => None,
        }
    }

    fn engine(&self) -> Result<Box<dyn Engine>, SourceError> {
        Ok(match &self.source {
            Source::View(_) => {
                let why = "a running `tracehop view` gives summaries of its journeys, not all of their spans";
                return Err(SourceError::Unreadable { who: self.source.to_string(), why: why.to_owned() });
            }
            Source::Jaeger(url) => Box::new(Jaeger::new(self.client(JAEGER, url))),
            Source::Tempo(url) => Box::new(Tempo::new(self.client(TEMPO, url))),
            Source::File(path) => Box::new(SpanFile::read(path)?),
        })
    }

    fn client(&self, server: Server, url: &BaseUrl) -> Client {
        Client::new(server, url.clone(), &self.headers, self.time_limit)
    }
}

/// What sends to where a running `tracehop view` takes in OTLP over HTTP.
pub(crate) fn otlp_client(url: BaseUrl, headers: &[Header]) -> Client {
    Client::new(OTLP, url, headers, TIME_LIMIT)
}
