use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::compression::OtlpCompression;
use super::config_error::OtlpConfigError;
use super::connection::Connection;
use super::counters::OtlpCounters;
use super::delivery::Delivery;
use super::endpoint::Endpoint;
use super::exporter::OtlpExporter;
#[cfg(feature = "otlp-grpc")]
use super::grpc::GrpcTransport;
use super::headers::Headers;
#[cfg(feature = "otlp-http")]
use super::http::HttpTransport;
use super::outages::Outages;
use super::protocol::OtlpProtocol;
use super::signal::Signal;
use super::tls::Tls;
use super::transport::OtlpTransport;
use super::variables::Variables;

/// The time for one batch, says the specification.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The setting in code.
const ENDPOINT: &str = "endpoint";

/// What gRPC servers read of one message, if nobody told them otherwise.
const GRPC_BYTES: usize = 4 * 1024 * 1024;

/// What the OpenTelemetry Collector reads of one HTTP request, if nobody told it otherwise. The specification recommends more,
/// but the Collector's answer to more is the same as to bad data.
const HTTP_BYTES: usize = 20 * 1024 * 1024;

/// Settings of an [`OtlpExporter`].
///
/// What is set here comes before what the environment says, in whichever order they are called.
#[derive(Debug, Default)]
#[must_use]
pub struct OtlpExporterBuilder {
    signal: Signal,
    outages: Outages,
    /// What the environment says may be an error.
    protocol: Option<Result<OtlpProtocol, OtlpConfigError>>,
    /// With the setting or the variable that it is from.
    endpoint: Option<(&'static str, Endpoint)>,
    is_insecure: bool,
    headers: Headers,
    timeout: Option<Duration>,
    compression: Option<OtlpCompression>,
    max_request_bytes: Option<usize>,
    tls: Tls,
    transport: Option<Box<dyn OtlpTransport>>,
    /// The first one, which `build` returns.
    error: Option<OtlpConfigError>,
}

impl OtlpExporter {
    /// Settings with their defaults: to the collector on this host.
    pub fn builder() -> OtlpExporterBuilder {
        OtlpExporterBuilder::default()
    }

    /// An exporter as the `OTEL_EXPORTER_OTLP_*` variables describe it.
    ///
    /// # Errors
    ///
    /// See [`OtlpExporterBuilder::build`].
    pub fn from_env() -> Result<Self, OtlpConfigError> {
        Self::builder().env().build()
    }
}

impl OtlpExporterBuilder {
    /// Reads the environment variables. Of each, `OTEL_EXPORTER_OTLP_TRACES_` comes before `OTEL_EXPORTER_OTLP_`.
    ///
    /// | Variable | Value |
    /// |---|---|
    /// | `_PROTOCOL` | `http/protobuf` or `grpc`; anything else is an error. Without it, the first of the two whose feature is enabled |
    /// | `_ENDPOINT` | An address. Over HTTP `/v1/traces` is put behind it, but not behind that of `_TRACES_ENDPOINT` |
    /// | `_INSECURE` | Over gRPC, `true` lets an address without a scheme go without TLS |
    /// | `_HEADERS` | `key=value` pairs with commas between them, the values percent-encoded |
    /// | `_TIMEOUT` | Milliseconds; 10000 without it |
    /// | `_COMPRESSION` | `gzip` or `none` |
    /// | `_CERTIFICATE` | A PEM file with the roots to trust, in place of the system's |
    /// | `_CLIENT_CERTIFICATE`, `_CLIENT_KEY` | PEM files that say who the client is |
    ///
    /// A value of the others that nobody understands is warned of and left out.
    pub fn env(self) -> Self {
        self.variables(|name| std::env::var(name).ok())
    }

    /// Reads the same variables from somewhere else.
    pub fn variables(mut self, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let read = match Variables::read(self.signal, lookup) {
            Ok(read) => read,
            Err(error) => {
                self.error.get_or_insert(error);
                return self;
            }
        };
        self.protocol = self.protocol.or(read.protocol);
        self.endpoint = self.endpoint.or(read.endpoint);
        self.is_insecure |= read.is_insecure;
        self.headers.fill(read.headers);
        self.timeout = self.timeout.or(read.timeout);
        self.compression = self.compression.or(read.compression);
        self.tls.roots = self.tls.roots.or(read.tls.roots);
        // The two belong together: a key of somebody else's certificate is none.
        if self.tls.certificate.is_none() && self.tls.key.is_none() {
            self.tls.certificate = read.tls.certificate;
            self.tls.key = read.tls.key;
        }
        self
    }

    /// How requests travel.
    pub fn protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.protocol = Some(Ok(protocol));
        self
    }

    /// Where requests go to, as it is: over HTTP with the path, which is mostly `/v1/traces`.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some((ENDPOINT, Endpoint::Exact(endpoint.into())));
        self
    }

    /// Sets a header of every request, such as an access token.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        if let Err(reason) = self.headers.set(name.as_ref(), value.as_ref()) {
            self.error.get_or_insert(OtlpConfigError::new("headers", reason));
        }
        self
    }

    /// Sets several headers.
    pub fn headers<N: AsRef<str>, V: AsRef<str>>(self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        headers.into_iter().fold(self, |builder, (name, value)| builder.header(name, value))
    }

    /// The time for all attempts at one batch: ten seconds, if it is not set. No time at all is an error of [`build`](Self::build).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What is done to requests before they travel.
    pub fn compression(mut self, compression: OtlpCompression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// The bytes of a request, before it is compressed, above which it is split. They are 4 MiB over gRPC, and 20 MiB otherwise:
    /// the Collector reads no more, unless it is told to.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.max_request_bytes = Some(bytes);
        self
    }

    /// Certificates in PEM to trust, in place of the system's. It needs the feature `tls`.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.roots = Some(pem.into());
        self
    }

    /// A certificate, or a chain of them, and its key in PEM, which tell the server who the client is. It needs the feature
    /// `tls`.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn client_identity(
        mut self,
        certificate_pem: impl Into<Vec<u8>>,
        key_pem: impl Into<Vec<u8>>,
    ) -> Self {
        self.tls.certificate = Some(certificate_pem.into());
        self.tls.key = Some(key_pem.into());
        self
    }

    /// A client of one's own. It decides where requests go to and with which headers; of the settings, the timeout and the
    /// size of requests are left.
    pub fn transport(mut self, transport: impl OtlpTransport + 'static) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Makes the exporter. It does not connect yet.
    ///
    /// # Errors
    ///
    /// - A variable of the environment has a protocol that is not supported, or a file that cannot be read
    /// - The protocol, `https` or the compression needs a feature that is not enabled
    /// - The timeout is zero
    /// - The endpoint is no address, which names the variable that it is from, a header no header, or a certificate no certificate
    pub fn build(self) -> Result<OtlpExporter, OtlpConfigError> {
        self.delivery().map(OtlpExporter::new)
    }

    /// For an exporter of any signal, which tells of an endpoint that fails together with others.
    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    pub(crate) fn of(signal: Signal, outages: Outages) -> Self {
        Self { signal, outages, ..Self::default() }
    }

    /// What brings requests to where they go.
    pub(super) fn delivery(mut self) -> Result<Delivery, OtlpConfigError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        if timeout.is_zero() {
            return Err(OtlpConfigError::new("timeout", "no time is none for an attempt"));
        }
        let (transport, max_request_bytes, endpoint) = match self.transport.take() {
            Some(transport) => (transport, HTTP_BYTES, "a given transport".to_owned()),
            None => self.connect(timeout)?,
        };
        Ok(Delivery {
            signal: self.signal,
            endpoint,
            outages: self.outages,
            transport,
            counters: OtlpCounters::default(),
            timeout,
            max_request_bytes: self.max_request_bytes.unwrap_or(max_request_bytes),
            headers: self.headers,
            stop: Arc::default(),
            buffer: Mutex::default(),
        })
    }

    /// The transport that the protocol needs, and the bytes that it may carry.
    fn connect(&mut self, timeout: Duration) -> Result<Connected, OtlpConfigError> {
        let compression = self.compression.unwrap_or_default();
        if compression == OtlpCompression::Gzip && !cfg!(feature = "gzip") {
            return Err(OtlpConfigError::new("compression", "the feature gzip is not enabled"));
        }
        let protocol = match self.protocol.take() {
            Some(protocol) => protocol?,
            None if cfg!(feature = "otlp-http") => OtlpProtocol::HttpProtobuf,
            None if cfg!(feature = "otlp-grpc") => OtlpProtocol::Grpc,
            None => {
                let reason = "without the features otlp-http and otlp-grpc a transport must be given";
                return Err(OtlpConfigError::new("transport", reason));
            }
        };
        let usual = if protocol == OtlpProtocol::Grpc { Endpoint::GRPC } else { Endpoint::HTTP };
        let usual = || (ENDPOINT, Endpoint::Base(usual.to_owned()));
        let (endpoint_setting, endpoint) = self.endpoint.take().unwrap_or_else(usual);
        let connection = Connection {
            signal: self.signal,
            endpoint,
            endpoint_setting,
            is_insecure: self.is_insecure,
            headers: self.headers.clone(),
            compression,
            tls: self.tls.clone(),
            timeout,
        };
        let endpoint = format!("{:?}", connection.endpoint);
        match protocol {
            OtlpProtocol::HttpProtobuf => Ok((http(&connection)?, HTTP_BYTES, endpoint)),
            OtlpProtocol::Grpc => Ok((grpc(&connection)?, GRPC_BYTES, endpoint)),
        }
    }
}

/// A transport, the bytes that it may carry, and where it goes to, without what is secret.
type Connected = (Box<dyn OtlpTransport>, usize, String);

#[cfg(feature = "otlp-http")]
fn http(connection: &Connection) -> Result<Box<dyn OtlpTransport>, OtlpConfigError> {
    Ok(Box::new(HttpTransport::new(connection)?))
}

#[cfg(not(feature = "otlp-http"))]
fn http(_: &Connection) -> Result<Box<dyn OtlpTransport>, OtlpConfigError> {
    Err(OtlpConfigError::new("protocol", "http/protobuf needs the feature otlp-http"))
}

#[cfg(feature = "otlp-grpc")]
fn grpc(connection: &Connection) -> Result<Box<dyn OtlpTransport>, OtlpConfigError> {
    Ok(Box::new(GrpcTransport::new(connection)?))
}

#[cfg(not(feature = "otlp-grpc"))]
fn grpc(_: &Connection) -> Result<Box<dyn OtlpTransport>, OtlpConfigError> {
    Err(OtlpConfigError::new("protocol", "grpc needs the feature otlp-grpc"))
}
