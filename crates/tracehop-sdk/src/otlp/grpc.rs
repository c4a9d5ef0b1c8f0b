use std::fmt;

use prost::bytes::Bytes;
use tonic::Status;
use tonic::client::Grpc;
#[cfg(feature = "gzip")]
use tonic::codec::CompressionEncoding;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::{Channel, Endpoint, Uri};

use super::compression::OtlpCompression;
use super::config_error::OtlpConfigError;
use super::connection::{self, Connection};
use super::grpc_codec::BytesCodec;
use super::grpc_runtime::GrpcRuntime;
use super::retry_info;
use super::transport::{OtlpRequest, OtlpResponse, OtlpTransport};
use super::transport_error::OtlpTransportError;

/// OTLP over gRPC, with tonic. The bytes go into its frames as they are.
///
/// tonic needs a tokio runtime. It has one of its own here, on a thread of its own, so it works on the thread of any
/// processor, and within any other runtime.
pub(super) struct GrpcTransport {
    channel: Channel,
    runtime: GrpcRuntime,
    metadata: MetadataMap,
    method: Uri,
    compression: OtlpCompression,
    shown: String,
}

/// An odd number, for tonic's error differs in nothing else from that of a server to which our message is too long.
const MOST_OF_AN_ANSWER: usize = OtlpResponse::MAX_BODY + 1;

impl GrpcTransport {
    pub(super) fn new(connection: &Connection) -> Result<Self, OtlpConfigError> {
        let invalid = |reason: &str| OtlpConfigError::new(connection.endpoint_setting, reason);
        let address = connection.endpoint.for_grpc(connection.is_insecure);
        let endpoint = Endpoint::from_shared(address)
            .map_err(|_| invalid("it is no address such as http://localhost:4317"))?;
        let endpoint = match endpoint.uri().scheme_str() {
            Some("http") => endpoint,
            #[cfg(feature = "tls")]
            Some("https") => super::grpc_tls::secured(endpoint, &connection.tls)?,
            #[cfg(not(feature = "tls"))]
            Some("https") => return Err(invalid("https needs the feature tls")),
            _ => return Err(invalid("over gRPC it starts with http:// or https://")),
        };
        if endpoint.uri().host().is_none_or(str::is_empty) {
            return Err(invalid("it has no host"));
        }

        let invalid = || OtlpConfigError::new("headers", "a header cannot be sent over gRPC");
        let mut metadata = MetadataMap::new();
        let mut user_agent = connection::USER_AGENT;
        for (name, value) in connection.headers.iter() {
            if name == "user-agent" {
                user_agent = value;
                continue;
            }
            let name: MetadataKey<Ascii> = name.parse().map_err(|_| invalid())?;
            let mut value: MetadataValue<Ascii> = value.parse().map_err(|_| invalid())?;
            value.set_sensitive(true);
            metadata.insert(name, value);
        }
        let endpoint = endpoint.user_agent(user_agent).map_err(|_| invalid())?;
        let endpoint = endpoint.connect_timeout(connection.timeout);

        let runtime = GrpcRuntime::start()
            .map_err(|error| OtlpConfigError::new("transport", format!("no thread for gRPC: {error}")))?;
        let channel = runtime.enter(|| endpoint.connect_lazy());
        Ok(Self {
            channel,
            runtime,
            metadata,
            method: Uri::from_static(connection.signal.method()),
            compression: connection.compression,
            shown: format!("{:?}", connection.endpoint),
        })
    }
}

impl OtlpTransport for GrpcTransport {
    fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
        let Some(method) = self.method.path_and_query().cloned() else {
            return Err(OtlpTransportError::refused("no method"));
        };
        let mut message = tonic::Request::new(Bytes::copy_from_slice(request.body()));
        *message.metadata_mut() = self.metadata.clone();
        message.set_timeout(request.timeout());
        let mut client = Grpc::new(self.channel.clone()).max_decoding_message_size(MOST_OF_AN_ANSWER);
        if self.compression == OtlpCompression::Gzip {
            client = compressing(client);
        }
        let call = async move {
            client.ready().await.map_err(|error| Status::from_error(error.into()))?;
            client.unary(message, method, BytesCodec).await
        };
        match self.runtime.run(call, request.timeout()) {
            Some(Ok(response)) => Ok(OtlpResponse::new(response.into_inner())),
            // There is an answer, so the spans were accepted: to send them again would double them.
            Some(Err(status)) if is_too_long_an_answer(&status) => Ok(OtlpResponse::unreadable()),
            Some(Err(status)) => Err(not_accepted(&status)),
            None => Err(OtlpTransportError::retryable("no answer in time")),
        }
    }
}

/// grpc-go answers in the encoding of the request, whether or not the client said that it reads it.
#[cfg(feature = "gzip")]
fn compressing(client: Grpc<Channel>) -> Grpc<Channel> {
    client.send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip)
}

/// The builder lets no compression come here that is not enabled.
#[cfg(not(feature = "gzip"))]
fn compressing(client: Grpc<Channel>) -> Grpc<Channel> {
    client
}

/// The headers hold secrets, and the address may.
impl fmt::Debug for GrpcTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcTransport").field("endpoint", &self.shown).finish_non_exhaustive()
    }
}

/// Whether the client has not read an answer for its length, as it is or when it is decompressed.
fn is_too_long_an_answer(status: &Status) -> bool {
    let message = status.message();
    message.ends_with(&format!("the limit is: {MOST_OF_AN_ANSWER} bytes"))
        || message.contains(&format!("size limit, of {MOST_OF_AN_ANSWER} bytes"))
}

fn not_accepted(status: &Status) -> OtlpTransportError {
    // Has the client said so, and not the server? There was no connection, or it broke off. OTLP wants another attempt.
    if let Some(source) = std::error::Error::source(status) {
        return OtlpTransportError::retryable(format_args!("no answer: {}", innermost(source)));
    }
    let delay = retry_info::delay(status.details());
    OtlpTransportError::from_grpc_status(i32::from(status.code()), delay, status.message())
}

/// What is behind tonic's "transport error".
fn innermost<'a>(mut error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}
