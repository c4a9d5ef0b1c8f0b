use std::fmt;
use std::io::{ErrorKind, Read};

use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use super::compression::OtlpCompression;
use super::config_error::OtlpConfigError;
use super::connection::{self, Connection};
#[cfg(feature = "gzip")]
use super::gzip::Gzip;
use super::transport::{OtlpRequest, OtlpResponse, OtlpTransport};
use super::transport_error::OtlpTransportError;

/// Protobuf over HTTP/1.1, with ureq: it blocks, so it needs no runtime, and works on the thread of any processor.
///
/// It goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names, but for the hosts in `NO_PROXY`. It
/// follows no redirects, for they would take the headers to somebody else.
pub(super) struct HttpTransport {
    agent: ureq::Agent,
    endpoint: Uri,
    headers: HeaderMap,
    #[cfg(feature = "gzip")]
    gzip: Option<Gzip>,
    shown: String,
}

impl HttpTransport {
    pub(super) fn new(connection: &Connection) -> Result<Self, OtlpConfigError> {
        let invalid = |reason: &str| OtlpConfigError::new(connection.endpoint_setting, reason);
        let endpoint: Uri = connection
            .endpoint
            .for_http(connection.signal)
            .parse()
            .map_err(|_| invalid("it is no address such as http://localhost:4318"))?;
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false);
        match endpoint.scheme_str() {
            Some("http") => {}
            #[cfg(feature = "tls")]
            Some("https") => config = config.tls_config(super::http_tls::config(&connection.tls)?),
            #[cfg(not(feature = "tls"))]
            Some("https") => return Err(invalid("https needs the feature tls")),
            _ => return Err(invalid("over HTTP it starts with http:// or https://")),
        }
        if endpoint.host().is_none_or(str::is_empty) {
            return Err(invalid("it has no host"));
        }
        config = config.timeout_global(Some(connection.timeout));

        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        headers.insert(USER_AGENT, HeaderValue::from_static(connection::USER_AGENT));
        if connection.compression == OtlpCompression::Gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        for (name, value) in connection.headers.iter() {
            let invalid = || OtlpConfigError::new("headers", "a header cannot be sent over HTTP");
            let name: HeaderName = name.parse().map_err(|_| invalid())?;
            let mut value: HeaderValue = value.parse().map_err(|_| invalid())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            endpoint,
            headers,
            #[cfg(feature = "gzip")]
            gzip: (connection.compression == OtlpCompression::Gzip).then(Gzip::default),
            shown: format!("{:?}", connection.endpoint),
        })
    }

    fn attempt(&self, request: OtlpRequest<'_>, body: &[u8]) -> Result<OtlpResponse, OtlpTransportError> {
        let mut attempt = self.agent.post(&self.endpoint);
        if let Some(headers) = attempt.headers_mut() {
            *headers = self.headers.clone();
        }
        let attempt = attempt.config().timeout_global(Some(request.timeout())).build();
        let mut response = attempt.send(body).map_err(|error| not_answered(&error))?;
        let status = response.status();
        if status.is_success() {
            let mut body = Vec::new();
            // One byte more tells that there is more.
            let most = OtlpResponse::MAX_BODY as u64 + 1;
            let read = response.body_mut().as_reader().take(most).read_to_end(&mut body);
            // The status says that the spans were accepted. To send them again would double them.
            return Ok(match read {
                Ok(len) if len <= OtlpResponse::MAX_BODY => OtlpResponse::new(body),
                _ => OtlpResponse::unreadable(),
            });
        }
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let error = OtlpTransportError::from_http_status(status.as_u16(), retry_after);
        // A body that is read to its end lets the connection be used again.
        let mut answer = Vec::new();
        let rest =
            response.body_mut().as_reader().take(OtlpResponse::MAX_BODY as u64).read_to_end(&mut answer);
        if rest.is_ok() && status == StatusCode::BAD_REQUEST && says_too_large(&answer) {
            return Err(OtlpTransportError::too_large(error));
        }
        Err(error)
    }
}

/// What Go's servers answer to a body that is too long. The Collector does so with 400 in place of 413.
fn says_too_large(answer: &[u8]) -> bool {
    let text = b"request body too large";
    answer.windows(text.len()).any(|part| part == text)
}

impl OtlpTransport for HttpTransport {
    fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
        #[cfg(feature = "gzip")]
        if let Some(gzip) = &self.gzip {
            return gzip.compressed(request.body(), |body| self.attempt(request, body));
        }
        self.attempt(request, request.body())
    }
}

/// The headers hold secrets, and the path may.
impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("endpoint", &self.shown).finish_non_exhaustive()
    }
}

/// What an attempt without an answer means. Connections that fail or break off are tried again, as OTLP says; what was wrong
/// with the answer itself, or with the server's certificate, would be wrong again.
fn not_answered(error: &ureq::Error) -> OtlpTransportError {
    match error {
        ureq::Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            OtlpTransportError::refused(format_args!("no secure connection: {error}"))
        }
        ureq::Error::Io(error)
            if matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
            ) =>
        {
            OtlpTransportError::broke_off(format_args!("no answer: {error}"))
        }
        ureq::Error::Io(error) => OtlpTransportError::retryable(format_args!("no answer: {error}")),
        ureq::Error::Timeout(_) => OtlpTransportError::retryable("no answer in time"),
        ureq::Error::HostNotFound => OtlpTransportError::retryable("the host was not found"),
        ureq::Error::ConnectionFailed => OtlpTransportError::retryable("the connection failed"),
        ureq::Error::ConnectProxyFailed(_) => OtlpTransportError::retryable("the proxy did not connect"),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::LargeResponseHeader(..) => {
            OtlpTransportError::refused("the answer is not HTTP")
        }
        _ => OtlpTransportError::refused("the request cannot be sent"),
    }
}
