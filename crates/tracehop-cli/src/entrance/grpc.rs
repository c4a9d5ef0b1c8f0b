//! OTLP over gRPC, plain or with gzip.
//!
//! Its calls are of one message each, so that the frame around it is read here: servers of gRPC libraries put a message
//! together and decode it before anybody can ask what it will take.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use axum::routing::any;
use http_body_util::{BodyExt, Full};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt};

use super::decoded::Format;
use super::intake::{self, Compression};
use super::message;
use super::reception::Reception;
use super::refusal::{Kind, Refusal};
use super::sink::Sink;
use super::verdict::{Signal, Verdict};

const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");

const ACCEPTED: HeaderValue = HeaderValue::from_static("identity,gzip");

/// The three services.
pub(super) fn router<S: Sink>() -> Router<Arc<Reception<S>>> {
    let call = |signal| {
        any(move |state: State<Arc<Reception<S>>>, request: Request| answer(state.0, signal, request))
    };
    let path = |signal, service| format!("/opentelemetry.proto.collector.{signal}.v1.{service}/Export");
    Router::new()
        .route(&path("trace", "TraceService"), call(Signal::Traces))
        .route(&path("logs", "LogsService"), call(Signal::Logs))
        .route(&path("metrics", "MetricsService"), call(Signal::Metrics))
}

/// Whether a request wants an answer of gRPC.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"application/grpc"))
}

/// What a call of something else is answered with.
pub(super) fn unknown() -> Response {
    Status::unimplemented("OTLP has no such service").into_http::<Body>()
}

async fn answer<S: Sink>(reception: Arc<Reception<S>>, signal: Signal, request: Request) -> Response {
    let result = receive(&reception, signal, request).await;
    reception.count(result.as_ref());
    match result {
        Ok(verdict) => accept(&verdict),
        Err(refusal) => refuse(refusal),
    }
}

async fn receive<S: Sink>(
    reception: &Reception<S>,
    signal: Signal,
    request: Request,
) -> Result<Verdict, Refusal> {
    let (head, mut body) = request.into_parts();
    let head_is_right = || {
        if !is_grpc(&head.headers) {
            return Err(Refusal::new(Kind::WrongMediaType, "the content type is not application/grpc"));
        }
        if head.method != Method::POST {
            return Err(Refusal::new(Kind::NotPosted, "gRPC is sent with POST"));
        }
        let ticket = reception.enter(&head.headers)?;
        Ok((compression(&head.headers)?, ticket))
    };
    let read = match head_is_right() {
        Ok((compression, mut ticket)) => {
            let message = message::read(&mut body, compression, reception.bounds(), &mut ticket).await;
            message.map(|message| (message, ticket))
        }
        Err(refusal) => Err(refusal),
    };
    match read {
        Ok((message, ticket)) => reception.take(signal, Format::Protobuf, message, ticket).await,
        Err(refusal) => {
            intake::leave(head.version, body, &refusal);
            Err(refusal)
        }
    }
}

fn compression(headers: &HeaderMap) -> Result<Compression, Refusal> {
    match headers.get(ENCODING).map_or(&b"identity"[..], HeaderValue::as_bytes) {
        b"identity" => Ok(Compression::None),
        b"gzip" => Ok(Compression::Gzip),
        _ => Err(Refusal::new(Kind::WrongCompression, "messages may be compressed with gzip only")),
    }
}

fn accept(verdict: &Verdict) -> Response {
    let trailers = HeaderMap::from_iter([(STATUS, HeaderValue::from_static("0"))]);
    let body =
        Full::from(message::framed(&verdict.to_protobuf())).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(ACCEPT_ENCODING, ACCEPTED);
    response
}

fn refuse(refusal: Refusal) -> Response {
    let code = refusal.kind.grpc();
    let status = match refusal.kind.retry_after() {
        Some(after) => {
            Status::with_error_details(code, refusal.why, ErrorDetails::with_retry_info(Some(after)))
        }
        None => Status::new(code, refusal.why),
    };
    let mut response = status.into_http::<Body>();
    response.headers_mut().insert(ACCEPT_ENCODING, ACCEPTED);
    response
}
