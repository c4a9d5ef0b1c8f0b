//! Asks servers.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::http::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use ureq::{Agent, Body, Error, RequestBuilder, Timeout, http};

use super::base_url::BaseUrl;
use super::header::Header;
use super::source_error::SourceError;

/// How long one answer may be.
const MAX_BODY: u64 = 64 * 1_024 * 1_024;

/// How long a list of all that a running `tracehop view` knows may be, and how much longer it may take.
const MAX_LIST: u64 = 1_024 * 1_024 * 1_024;
const TIMES: u32 = 12;

/// Asks one server. It follows no redirects: headers may hold secrets.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    time_limit: Duration,
    max_body: u64,
    base: BaseUrl,
    headers: Vec<Header>,
    server: Server,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    /// What it is, such as `Jaeger`.
    pub(super) name: &'static str,
    /// What may be wrong if nothing answers.
    pub(super) hint: &'static str,
    /// What to do if it wants to know who asks.
    pub(super) asks_who: &'static str,
    /// What to do if that does not please it.
    pub(super) refuses: &'static str,
}

/// What a server answered.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The media type, or an empty text.
    pub media_type: String,
    /// The body.
    pub body: Vec<u8>,
    /// Where a redirect leads.
    location: Option<String>,
    retry_after: Option<String>,
}

impl Client {
    /// A client of one server. Each answer may take `time_limit`.
    pub(super) fn new(server: Server, base: BaseUrl, headers: &[Header], time_limit: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("tracehop/", env!("CARGO_PKG_VERSION")));
        let config = if base.is_loopback() { config.proxy(None) } else { config };
        Self {
            agent: config.build().into(),
            time_limit,
            max_body: MAX_BODY,
            base,
            headers: headers.to_vec(),
            server,
        }
    }

    /// The same client for an answer that is long: at most 1 GiB, which may take twelve times as long.
    #[must_use]
    pub fn for_a_list(self) -> Self {
        Self { time_limit: self.time_limit.saturating_mul(TIMES), max_body: MAX_LIST, ..self }
    }

    /// What it is and where, for messages.
    pub fn who(&self) -> String {
        format!("{} at {}", self.server.name, self.base)
    }

    /// Asks for a path, with parameters.
    ///
    /// # Errors
    ///
    /// If there is no whole answer in time, or a too long one. A status that is no success is an answer.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)], accept: &str) -> Result<Reply, SourceError> {
        let mut request = self.agent.get(self.base.join(path)).header(ACCEPT, accept);
        for (name, value) in parameters {
            request = request.query(name, value);
        }
        for header in &self.headers {
            request = request.header(&header.name, &header.value);
        }
        self.reply(self.limited(request).call())
    }

    /// Sends a body.
    ///
    /// # Errors
    ///
    /// As those of [`get`](Self::get).
    pub fn post(&self, path: &str, media_type: &str, body: &[u8]) -> Result<Reply, SourceError> {
        let mut request = self.agent.post(self.base.join(path)).header(CONTENT_TYPE, media_type);
        for header in &self.headers {
            request = request.header(&header.name, &header.value);
        }
        self.reply(self.limited(request).send(body))
    }

    /// What to say of an answer that is no success.
    pub fn refusal(&self, reply: &Reply) -> SourceError {
        let hint = match (reply.status, &reply.location) {
            (401 | 403, _) if self.headers.is_empty() => self.server.asks_who.to_owned(),
            (401 | 403, _) => self.server.refuses.to_owned(),
            (300..=399, Some(location)) if location.contains("://") => {
                format!("It sends to {location}: give that address instead.")
            }
            (300..=399, Some(path)) => format!(
                "It sends to {path} on the same server: its address may have a path that is missing here, or it may want to know \
                 who asks."
            ),
            (429, _) => "It is asked too often: try again later.".to_owned(),
            _ => self.server.hint.to_owned(),
        };
        SourceError::Status { who: self.who(), status: reply.status, hint }
    }

    fn limited<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        // Who does not even connect is not told from who is slow if the same time is given for both.
        let limits = request.config().timeout_connect(Some(self.time_limit / 2));
        limits.timeout_global(Some(self.time_limit)).build()
    }

    fn reply(&self, answer: Result<http::Response<Body>, Error>) -> Result<Reply, SourceError> {
        let mut answer = answer.map_err(|error| self.without_answer(&error))?;
        if answer.body().content_length().is_some_and(|length| length > self.max_body) {
            return Err(self.bad_answer(self.too_long()));
        }
        let header = |name| answer.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
        let location = header(LOCATION).map(|it| it.chars().take(200).collect());
        let retry_after = header(RETRY_AFTER);
        let media_type = answer.body().mime_type().unwrap_or_default().to_owned();
        let body = answer.body_mut().with_config().limit(self.max_body).read_to_vec();
        let body = body.map_err(|error| self.bad_answer(self.of_body(&error)))?;
        Ok(Reply { status: answer.status().as_u16(), media_type, body, location, retry_after })
    }

    fn without_answer(&self, error: &Error) -> SourceError {
        let unreachable =
            |why: String| SourceError::Unreachable { who: self.who(), why, hint: self.server.hint };
        let bad = |why: &str| self.bad_answer(format!("{why}. {}", self.server.hint));
        match error {
            Error::Io(error) => match error.kind() {
                ErrorKind::ConnectionRefused => unreachable("connection refused".to_owned()),
                ErrorKind::ConnectionReset => bad("the connection was reset"),
                ErrorKind::UnexpectedEof => bad("the connection ended without an answer"),
                ErrorKind::TimedOut => bad(&self.no_time("gave no answer")),
                _ => unreachable(error.to_string()),
            },
            Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                unreachable(format!("no connection within {:?}", self.time_limit / 2))
            }
            Error::Timeout(_) => bad(&self.no_time("gave no answer")),
            Error::HostNotFound => unreachable("the name of the host is not known".to_owned()),
            Error::Protocol(_) => bad("it does not speak HTTP"),
            other => unreachable(other.to_string()),
        }
    }

    /// What went wrong after the answer had begun.
    fn of_body(&self, error: &Error) -> String {
        match error {
            Error::BodyExceedsLimit(_) => self.too_long(),
            Error::Timeout(_) => self.no_time("did not finish its answer"),
            Error::Io(error) if error.kind() == ErrorKind::TimedOut => {
                self.no_time("did not finish its answer")
            }
            Error::Io(error) if error.kind() == ErrorKind::ConnectionReset => {
                "the connection was reset within its answer".to_owned()
            }
            Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
                "the connection ended within its answer".to_owned()
            }
            Error::Protocol(_) => "its answer is cut off, or is no HTTP".to_owned(),
            other => format!("its answer cannot be read: {other}"),
        }
    }

    fn bad_answer(&self, why: String) -> SourceError {
        SourceError::BadAnswer { who: self.who(), why }
    }

    fn too_long(&self) -> String {
        format!("its answer is longer than {} MiB", self.max_body >> 20)
    }

    fn no_time(&self, what: &str) -> String {
        format!("it {what} within {:?}", self.time_limit)
    }
}

impl Reply {
    /// Whether the status is 200 or the like.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// When to come again, as the server says it; else in a second.
    pub(crate) fn retry_after(&self) -> Duration {
        let seconds = self.retry_after.as_deref().and_then(|it| it.trim().parse().ok());
        Duration::from_secs(seconds.unwrap_or(1))
    }

    /// Whether the body is protobuf.
    pub(super) fn is_protobuf(&self) -> bool {
        self.media_type.contains("protobuf")
    }
}
