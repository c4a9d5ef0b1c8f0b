//! OTLP over HTTP: protobuf or JSON, plain or with gzip.

use std::io::Read;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use flate2::read::MultiGzDecoder;
use http_body_util::LengthLimitError;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::json;
use tonic::{Code, Status};

use super::export::Export;
use super::sink::Sink;
use crate::printable::printable;

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

/// The paths of OTLP over HTTP beside those of gRPC; everything else is refused, and all that is refused is recorded.
pub(super) fn router(grpc: Router, sink: Sink) -> Router {
    let http = Router::new()
        .route("/v1/traces", post(export::<ExportTraceServiceRequest>))
        .route("/v1/metrics", post(export::<ExportMetricsServiceRequest>))
        .route("/v1/logs", post(export::<ExportLogsServiceRequest>))
        .with_state(sink.clone());
    grpc.merge(http).fallback(unknown).layer(middleware::from_fn_with_state(sink, watch))
}

async fn watch(State(sink): State<Sink>, request: Request, next: Next) -> Response {
    let path = printable(request.uri().path());
    let begun = sink.begin(format!("{} {path}", request.method()));
    let response = next.run(request).await;
    begun.end(refusal(&response));
    response
}

/// Why a request was refused, as its answer says.
fn refusal(response: &Response) -> Option<String> {
    if let Some(status) = Status::from_header_map(response.headers()) {
        let refused = status.code() != Code::Ok;
        return refused.then(|| format!("gRPC status {:?}: {}", status.code(), printable(status.message())));
    }
    let status = response.status();
    let why = response.extensions().get::<Refusal>().map(|refusal| format!(": {}", refusal.why));
    (!status.is_success()).then(|| format!("{}{}", status.as_u16(), why.unwrap_or_default()))
}

async fn unknown(request: Request) -> Response {
    if header(request.headers(), &CONTENT_TYPE).starts_with("application/grpc") {
        return Status::unimplemented("OTLP has no such service").into_http::<Body>();
    }
    let why = "OTLP's paths are /v1/traces, /v1/metrics and /v1/logs".to_owned();
    Refusal { status: StatusCode::NOT_FOUND, why, media_type: Format::Text }.into_response()
}

async fn export<T>(State(sink): State<Sink>, request: Request) -> Response
where
    T: Export<Response: Message + serde::Serialize> + Message + Default + serde::de::DeserializeOwned,
{
    let refuse = |status, why, media_type| Refusal { status, why, media_type }.into_response();
    let media_type = header(request.headers(), &CONTENT_TYPE);
    let format = match media_type.split(';').next().unwrap_or_default().trim() {
        PROTOBUF | "application/protobuf" => Format::Protobuf,
        JSON => Format::Json,
        _ => {
            let why = format!("the content type is \"{media_type}\", not {PROTOBUF} or {JSON}");
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, why, Format::Text);
        }
    };
    let body = match read(request, sink.max_request).await {
        Ok(body) => body,
        Err((status, why)) => return refuse(status, why, format),
    };
    let decoded = match format {
        Format::Json => serde_json::from_slice(&body).map_err(|error| error.to_string()),
        _ => T::decode(&*body).map_err(|error| error.to_string()),
    };
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(error) => {
            let why = format!("the body, {} bytes, is not a request of this path: {error}", body.len());
            return refuse(StatusCode::BAD_REQUEST, printable(&why), format);
        }
    };
    let response = decoded.record(&sink);
    let bytes = match format {
        Format::Json => serde_json::to_vec(&response).unwrap_or_default(),
        _ => response.encode_to_vec(),
    };
    format.answer(StatusCode::OK, bytes)
}

/// The body, decompressed.
async fn read(request: Request, limit: usize) -> Result<Vec<u8>, (StatusCode, String)> {
    let too_large = || (StatusCode::PAYLOAD_TOO_LARGE, format!("the request has more than {limit} bytes"));
    let encoding = header(request.headers(), &CONTENT_ENCODING).to_ascii_lowercase();
    let body = to_bytes(request.into_body(), limit).await.map_err(|error| {
        let error = error.into_inner();
        if error.is::<LengthLimitError>() {
            return too_large();
        }
        (StatusCode::BAD_REQUEST, format!("the body ended early: {error}"))
    })?;
    match &*encoding {
        "" | "identity" => Ok(body.into()),
        "gzip" => {
            let mut plain = Vec::new();
            let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            let read = MultiGzDecoder::new(&*body).take(most).read_to_end(&mut plain);
            match read {
                Ok(_) if plain.len() > limit => Err(too_large()),
                Ok(_) => Ok(plain),
                Err(error) => Err((StatusCode::BAD_REQUEST, format!("the body is not gzip: {error}"))),
            }
        }
        other => {
            let why = format!("the content encoding is \"{other}\", not gzip");
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, why))
        }
    }
}

/// As text that can be printed; empty if there is none.
fn header(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map(|value| printable(&String::from_utf8_lossy(value.as_bytes()))).unwrap_or_default()
}

/// How an answer is written: as the request was.
#[derive(Clone, Copy)]
enum Format {
    Protobuf,
    Json,
    Text,
}

impl Format {
    fn answer(self, status: StatusCode, body: Vec<u8>) -> Response {
        let media_type = match self {
            Self::Protobuf => PROTOBUF,
            Self::Json => JSON,
            Self::Text => "text/plain; charset=utf-8",
        };
        (status, [(CONTENT_TYPE, media_type)], body).into_response()
    }
}

/// Why a request is refused.
#[derive(Clone)]
struct Refusal {
    status: StatusCode,
    why: String,
    media_type: Format,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = match self.media_type {
            Format::Protobuf => status_message(&self.why),
            Format::Json => json!({ "message": self.why }).to_string().into_bytes(),
            Format::Text => self.why.clone().into_bytes(),
        };
        let mut response = self.media_type.answer(self.status, body);
        response.extensions_mut().insert(self);
        response
    }
}

/// A `google.rpc.Status`, which OTLP answers with. Its second field is the message.
fn status_message(message: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::string::encode(2, &message.to_owned(), &mut bytes);
    bytes
}
