//! A recorder for the telemetry of other processes.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::builder::OtlpRecorderBuilder;
use super::received::Received;
use super::recorded_log::RecordedLog;
use super::recorded_metric::RecordedMetric;
use super::server::Server;
use super::sink::Sink;
use crate::TraceTree;
use crate::printable::shortened;
use crate::recorded_span::RecordedSpan;
use crate::recorder_methods::recorder_methods;
use crate::store::Store;

/// A receiver of OTLP inside a test, and everything that services in other processes export to it. It is cheap to clone, and
/// clones share what was recorded.
///
/// It takes gRPC and HTTP on one port: protobuf and JSON, plain and with gzip; spans, metrics and logs. It has a thread of its
/// own, so it works in every runtime, and without one. When the last clone is dropped it waits for that thread to end:
/// nothing is left running.
///
/// Spans have the name of their service in front. Equal spans count once, because exporters send again what was not answered
/// in time. Requests that are refused are kept too, and are shown if an assertion fails.
///
/// ```
/// # use std::process::Command;
/// use std::time::Duration;
/// use tracehop_testing::OtlpRecorder;
///
/// # fn main() -> std::io::Result<()> {
/// let services = OtlpRecorder::start_blocking()?;
/// # let client = |services: &OtlpRecorder| {
/// #     use std::io::{Read, Write};
/// #     let json = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},
/// #         "scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"send orders","kind":4}]}]}]}"#;
/// #     let address = services.endpoint().replace("http://", "");
/// #     let mut stream = std::net::TcpStream::connect(address).unwrap();
/// #     let (length, kind) = (json.len(), "content-type: application/json\r\nconnection: close");
/// #     write!(stream, "POST /v1/traces HTTP/1.1\r\nhost: a\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{json}").unwrap();
/// #     stream.read_to_string(&mut String::new()).unwrap();
/// #     Command::new("true")
/// # };
/// # let mut checkout = client(&services);
/// // A service in any language that has an OpenTelemetry SDK: let mut checkout = Command::new("checkout");
/// let mut checkout = checkout.envs(services.variables()).spawn()?;
/// services.wait_for_blocking(1, Duration::from_secs(20));
/// services.assert_tree("checkout: send orders  PRODUCER");
/// # checkout.wait()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OtlpRecorder {
    server: Arc<Server>,
    store: Arc<Store<Received>>,
}

impl OtlpRecorder {
    /// Starts a recorder at a free port that only this machine reaches.
    ///
    /// # Errors
    ///
    /// Fails if the system gives no port or no thread.
    ///
    /// # Cancel safety
    ///
    /// It does not wait for anything.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// [`start`](Self::start) for tests without a runtime.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking() -> io::Result<Self> {
        Self::builder().start_blocking()
    }

    /// To start one at another address, or with another limit.
    pub fn builder() -> OtlpRecorderBuilder {
        OtlpRecorderBuilder::new()
    }

    /// `http://HOST:PORT`, for `OTEL_EXPORTER_OTLP_ENDPOINT`. Exporters over HTTP add `/v1/traces` and so on.
    pub fn endpoint(&self) -> String {
        let mut address = self.server.address;
        // One that listens at all addresses is reached at each.
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }

    /// The endpoint for exporters over gRPC. It is the same one: the first bytes of a connection tell.
    pub fn grpc_endpoint(&self) -> String {
        self.endpoint()
    }

    /// The port, for example to be forwarded to.
    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// Variables that make the SDK of a child process sample everything that its parent does not forbid, and export all signals
    /// here over HTTP, ten times a second. For `Command::envs`.
    ///
    /// Variables for a single signal, such as `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, are stronger. A test whose own environment
    /// may have them removes them with `Command::env_remove`.
    pub fn variables(&self) -> Vec<(String, String)> {
        Self::variables_of(&self.endpoint(), "http/protobuf")
    }

    /// [`variables`](Self::variables), for gRPC.
    pub fn grpc_variables(&self) -> Vec<(String, String)> {
        Self::variables_of(&self.grpc_endpoint(), "grpc")
    }

    /// [`variables`](Self::variables) for a service that knows this machine under another name, for example a container, for
    /// which it is `host.docker.internal` or the gateway of its network. The recorder must listen at an address that is reached
    /// from there: [`OtlpRecorderBuilder::address`].
    pub fn variables_at(&self, host: &str) -> Vec<(String, String)> {
        Self::variables_of(&format!("http://{host}:{}", self.port()), "http/protobuf")
    }

    fn variables_of(endpoint: &str, protocol: &str) -> Vec<(String, String)> {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_SDK_DISABLED", "false"),
            // The default, whatever the test's own environment has.
            ("OTEL_TRACES_SAMPLER", "parentbased_always_on"),
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_LOGS_EXPORTER", "otlp"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// The spans that have arrived, in the order in which they started.
    ///
    /// Services on one machine share a clock, but some SDKs round to milliseconds: spans that start within one may change
    /// places.
    pub fn finished(&self) -> Vec<RecordedSpan> {
        let mut spans = self.store.lock().spans.clone();
        spans.sort_by_key(|recorded| recorded.span.start_time);
        spans
    }

    fn arrived(&self) -> usize {
        self.store.lock().spans.len()
    }

    /// The series of metrics that have arrived, in the order in which each arrived first.
    pub fn metrics(&self) -> Vec<RecordedMetric> {
        self.store.lock().metrics.clone()
    }

    /// The records of logs that have arrived, in that order.
    pub fn logs(&self) -> Vec<RecordedLog> {
        self.store.lock().logs.clone()
    }

    /// What was refused, and why: requests that are not OTLP, that are too large or that were not complete, and spans without
    /// identifiers. The first thousand are kept.
    pub fn refused(&self) -> Vec<String> {
        self.store.lock().refused.clone()
    }

    /// Forgets everything that has arrived.
    pub fn clear(&self) {
        self.store.change(Received::clear);
    }

    /// The spans that have arrived, as a tree.
    pub fn tree(&self) -> TraceTree {
        TraceTree::of(self.finished()).with_note(self.store.lock().note(&self.endpoint()))
    }

    fn seen(&self) -> String {
        let tree = self.tree();
        format!("{} have arrived:\n{}{}", tree.spans.len(), shortened(&tree.to_string()), tree.note)
    }
}

impl OtlpRecorderBuilder {
    /// Starts it. It takes requests from then on.
    ///
    /// # Errors
    ///
    /// Fails if the address is none or is taken, or if the system gives no thread.
    ///
    /// # Cancel safety
    ///
    /// It does not wait for anything.
    #[expect(clippy::unused_async, reason = "it reads like what else a test starts")]
    pub async fn start(self) -> io::Result<OtlpRecorder> {
        self.start_blocking()
    }

    /// [`start`](Self::start) for tests without a runtime.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> io::Result<OtlpRecorder> {
        let store = Arc::<Store<_>>::default();
        let sink = Sink { store: Arc::clone(&store), max_request: self.max_request };
        let server = Server::start(&*self.address, sink).map_err(|error| {
            io::Error::new(error.kind(), format!("a recorder cannot listen at {}: {error}", self.address))
        })?;
        Ok(OtlpRecorder { server: Arc::new(server), store })
    }
}

recorder_methods!(OtlpRecorder, RecordedSpan, "arrived");

impl fmt::Debug for OtlpRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let received = self.store.lock();
        f.debug_struct("OtlpRecorder")
            .field("endpoint", &self.endpoint())
            .field("spans", &received.spans.len())
            .field("metrics", &received.metrics.len())
            .field("logs", &received.logs.len())
            .field("refused", &received.refused.len())
            .field("under_way", &received.under_way())
            .finish_non_exhaustive()
    }
}
