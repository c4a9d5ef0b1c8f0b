//! Sends requests to a viewer.

use std::fmt;

use anyhow::{Context, bail};
use browser::Viewer;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::http::uri::PathAndQuery;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tonic::Code;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};

use crate::grpc::Raw;

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// How to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    Http,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "OTLP over gRPC",
            Self::Http => "OTLP over HTTP",
        })
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    /// The queue is full: to be sent again later.
    Busy,
}

/// A connection to a viewer. Its clones share it.
#[derive(Clone, Debug)]
pub(crate) enum Sender {
    Grpc(Grpc<Channel>),
    Http(Client<HttpConnector, Full<Bytes>>, String),
}

impl Sender {
    pub(crate) async fn to(viewer: &Viewer, protocol: Protocol) -> anyhow::Result<Self> {
        Ok(match protocol {
            Protocol::Grpc => {
                let endpoint = Endpoint::from_shared(viewer.grpc().to_owned())?;
                Self::Grpc(Grpc::new(endpoint.connect().await?))
            }
            Protocol::Http => {
                let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
                Self::Http(client, format!("{}/v1/traces", viewer.http()))
            }
        })
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// It was refused for another reason than that there is too much.
    pub(crate) async fn send(&mut self, request: Bytes) -> anyhow::Result<Answer> {
        match self {
            Self::Grpc(client) => {
                client.ready().await.context("the viewer is not there")?;
                let request = tonic::Request::new(request);
                match client.unary(request, PathAndQuery::from_static(METHOD), Raw).await {
                    Ok(_) => Ok(Answer::Accepted),
                    Err(status) if [Code::ResourceExhausted, Code::Unavailable].contains(&status.code()) => {
                        Ok(Answer::Busy)
                    }
                    Err(status) => Err(status).context("a request was refused"),
                }
            }
            Self::Http(client, url) => {
                let post = Request::post(url.as_str()).header("content-type", "application/x-protobuf");
                let answer = client.request(post.body(Full::new(request))?).await?;
                let status = answer.status().as_u16();
                // A connection is free again once its answer was read.
                let said = answer.into_body().collect().await?.to_bytes();
                match status {
                    200 => Ok(Answer::Accepted),
                    429 | 503 => Ok(Answer::Busy),
                    _ => bail!("a request was refused with {status}: {}", String::from_utf8_lossy(&said)),
                }
            }
        }
    }
}
