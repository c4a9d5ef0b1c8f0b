//! OTLP over HTTP: protobuf or JSON, plain or with gzip.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, ORIGIN,
    RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::routing::any;
use prost::Message;
use serde_json::json;
use tonic_types::Status;

use super::access::Access;
use super::decoded::Format;
use super::intake::{self, Compression};
use super::reception::Reception;
use super::refusal::{Kind, Refusal};
use super::sink::Sink;
use super::verdict::{Signal, Verdict};

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

/// How much of a header is repeated to who sent it.
const LONGEST_ECHO: usize = 100;

/// The three paths.
pub(super) fn router<S: Sink>() -> Router<Arc<Reception<S>>> {
    let path = |signal| {
        any(move |state: State<Arc<Reception<S>>>, request: Request| answer(state.0, signal, request))
    };
    Router::new()
        .route("/v1/traces", path(Signal::Traces))
        .route("/v1/logs", path(Signal::Logs))
        .route("/v1/metrics", path(Signal::Metrics))
}

/// What a request to another path is answered with.
pub(super) fn unknown() -> Response {
    let why = "OTLP's paths are /v1/traces, /v1/logs and /v1/metrics; the page of `tracehop view` is at another port";
    refuse(&Refusal::new(Kind::NoSuchPath, why), None)
}

async fn answer<S: Sink>(reception: Arc<Reception<S>>, signal: Signal, request: Request) -> Response {
    let origin =
        request.headers().get(ORIGIN).filter(|_| Access::origin_is_right(request.headers())).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        preflight(request.headers(), origin.is_some())
    } else {
        let format = format(request.headers());
        let result = receive(&reception, signal, format.clone(), request).await;
        reception.count(result.as_ref());
        match (result, format.ok()) {
            (Ok(verdict), Some(format)) => accept(&verdict, signal, format),
            (Ok(_), None) => Response::default(),
            (Err(refusal), format) => refuse(&refusal, format),
        }
    };
    if let Some(origin) = origin {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
    response
}

async fn receive<S: Sink>(
    reception: &Reception<S>,
    signal: Signal,
    format: Result<Format, Refusal>,
    request: Request,
) -> Result<Verdict, Refusal> {
    let (head, mut body) = request.into_parts();
    let head_is_right = || {
        if head.method != Method::POST {
            return Err(Refusal::new(Kind::NotPosted, "OTLP is sent with POST"));
        }
        let ticket = reception.enter(&head.headers)?;
        Ok((format?, compression(&head.headers)?, ticket))
    };
    let read = match head_is_right() {
        Ok((format, compression, mut ticket)) => {
            let content = intake::read(&mut body, compression, reception.bounds(), &mut ticket).await;
            content.map(|content| (format, content, ticket))
        }
        Err(refusal) => Err(refusal),
    };
    match read {
        Ok((format, content, ticket)) => reception.take(signal, format, content, ticket).await,
        Err(refusal) => {
            intake::leave(head.version, body, &refusal);
            Err(refusal)
        }
    }
}

fn format(headers: &HeaderMap) -> Result<Format, Refusal> {
    let media_type = text(headers, &CONTENT_TYPE);
    let name = media_type.split(';').next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case(PROTOBUF) || name.eq_ignore_ascii_case("application/protobuf") {
        Ok(Format::Protobuf)
    } else if name.eq_ignore_ascii_case(JSON) {
        Ok(Format::Json)
    } else {
        let why = format!("the content type is {media_type:?}, not {PROTOBUF} or {JSON}");
        Err(Refusal::new(Kind::WrongMediaType, why))
    }
}

fn compression(headers: &HeaderMap) -> Result<Compression, Refusal> {
    match &*text(headers, &CONTENT_ENCODING).to_ascii_lowercase() {
        "" | "identity" => Ok(Compression::None),
        "gzip" | "x-gzip" => Ok(Compression::Gzip),
        other => {
            let why = format!("the content encoding is {other:?}, not gzip or none");
            Err(Refusal::new(Kind::WrongCompression, why))
        }
    }
}

/// The start of a header; empty if there is none.
fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    let bytes = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    String::from_utf8_lossy(bytes.get(..LONGEST_ECHO).unwrap_or(bytes)).into_owned()
}

fn accept(verdict: &Verdict, signal: Signal, format: Format) -> Response {
    let body = match format {
        Format::Protobuf => verdict.to_protobuf(),
        Format::Json => verdict.to_json(signal),
    };
    response(StatusCode::OK, Some(format), body)
}

fn refuse(refusal: &Refusal, format: Option<Format>) -> Response {
    let code = i32::from(refusal.kind.grpc());
    let message = refusal.why.to_string();
    let body = match format {
        Some(Format::Protobuf) => Status { code, message, details: Vec::new() }.encode_to_vec(),
        Some(Format::Json) => json!({ "code": code, "message": message }).to_string().into_bytes(),
        None => format!("{message}\n").into_bytes(),
    };
    let mut response = response(refusal.kind.http(), format, body);
    let headers = response.headers_mut();
    if let Some(after) = refusal.kind.retry_after() {
        // In whole seconds, and never at once.
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        headers.insert(RETRY_AFTER, seconds.max(1).into());
    }
    match refusal.kind {
        Kind::NotPosted => headers.insert(ALLOW, HeaderValue::from_static("POST")),
        Kind::NoToken => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        _ => None,
    };
    response
}

fn response(status: StatusCode, format: Option<Format>, body: Vec<u8>) -> Response {
    let media_type = match format {
        Some(Format::Protobuf) => PROTOBUF,
        Some(Format::Json) => JSON,
        None => "text/plain; charset=utf-8",
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// What a browser asks before it lets a page send.
fn preflight(asked: &HeaderMap, may_send: bool) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    if may_send {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
    }
    response
}
