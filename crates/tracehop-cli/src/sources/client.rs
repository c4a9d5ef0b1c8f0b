//! Asks servers.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::http::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use ureq::{Agent, Body, Error, http};

use super::base_url::BaseUrl;
use super::header::Header;
use super::source_error::SourceError;

/// How long one answer may be.
const MAX_BODY: u64 = 64 * 1_024 * 1_024;

/// Asks one server. It follows no redirects: headers may hold secrets.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    time_limit: Duration,
    base: BaseUrl,
    headers: Vec<Header>,
    /// What it is, such as `Jaeger`.
    name: &'static str,
    /// What may be wrong if nothing answers.
    hint: &'static str,
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
    pub(super) fn new(
        name: &'static str,
        hint: &'static str,
        base: BaseUrl,
        headers: &[Header],
        time_limit: Duration,
    ) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(time_limit))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("tracehop/", env!("CARGO_PKG_VERSION")));
        let config = if base.is_loopback() { config.proxy(None) } else { config };
        Self { agent: config.build().into(), time_limit, base, headers: headers.to_vec(), name, hint }
    }

    /// What it is and where, for messages.
    pub fn who(&self) -> String {
        format!("{} at {}", self.name, self.base)
    }

    /// Asks for a path, with parameters.
    ///
    /// # Errors
    ///
    /// If there is no answer in time, or a too long one. A status that is no success is an answer.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)], accept: &str) -> Result<Reply, SourceError> {
        let mut request = self.agent.get(self.base.join(path)).header(ACCEPT, accept);
        for (name, value) in parameters {
            request = request.query(name, value);
        }
        for header in &self.headers {
            request = request.header(&header.name, &header.value);
        }
        self.reply(request.call())
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
        self.reply(request.send(body))
    }

    /// What to say of an answer that is no success.
    pub fn refusal(&self, reply: &Reply) -> SourceError {
        let hint = match (reply.status, &reply.location) {
            (401 | 403, _) if self.headers.is_empty() => {
                "It wants to know who asks: give --header \"Authorization: Bearer TOKEN\".".to_owned()
            }
            (401 | 403, _) => "It does not accept what --header says.".to_owned(),
            (300..=399, Some(location)) => format!("It sends to {location}: give that address instead."),
            (429, _) => "It is asked too often: try again later.".to_owned(),
            _ => self.hint.to_owned(),
        };
        SourceError::Status { who: self.who(), status: reply.status, hint }
    }

    fn reply(&self, answer: Result<http::Response<Body>, Error>) -> Result<Reply, SourceError> {
        let read = |mut answer: http::Response<Body>| {
            let header = |name| answer.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
            let location = header(LOCATION).map(|it| it.chars().take(200).collect());
            let retry_after = header(RETRY_AFTER);
            let media_type = answer.body().mime_type().unwrap_or_default().to_owned();
            let body = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec()?;
            Ok(Reply { status: answer.status().as_u16(), media_type, body, location, retry_after })
        };
        answer.and_then(read).map_err(|error| SourceError::Unreachable {
            who: self.who(),
            why: self.reason(&error),
            hint: self.hint,
        })
    }

    fn reason(&self, error: &Error) -> String {
        match error {
            Error::Io(error) => match error.kind() {
                ErrorKind::ConnectionRefused => "connection refused".to_owned(),
                ErrorKind::ConnectionReset => "the connection was reset".to_owned(),
                ErrorKind::UnexpectedEof => "the connection ended within the answer".to_owned(),
                ErrorKind::TimedOut => self.no_time(),
                _ => error.to_string(),
            },
            Error::Timeout(_) => self.no_time(),
            Error::HostNotFound => "the name of the host is not known".to_owned(),
            Error::BodyExceedsLimit(_) => format!("its answer is longer than {} MiB", MAX_BODY >> 20),
            Error::Protocol(_) => "it does not speak HTTP".to_owned(),
            other => other.to_string(),
        }
    }

    fn no_time(&self) -> String {
        format!("no answer within {:?}", self.time_limit)
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
