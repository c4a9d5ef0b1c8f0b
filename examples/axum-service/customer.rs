//! Somebody who places an order over HTTP, and has a trace of their own.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::model::Answer;

pub(crate) struct Customer {
    pub(crate) trace_id: TraceId,
    /// The customer's own span, which is not exported here.
    pub(crate) span_id: SpanId,
    pub(crate) is_refused: bool,
}

impl Customer {
    /// So many customers, one after the other. The last one's order has no lines.
    pub(crate) async fn all(api: SocketAddr, count: u32) -> anyhow::Result<Vec<Self>> {
        let mut customers = Vec::new();
        for number in (0..count).rev() {
            customers.push(Self::order(api, number).await?);
        }
        Ok(customers)
    }

    async fn order(api: SocketAddr, lines: u32) -> anyhow::Result<Self> {
        let ids = RandomIdGenerator::default();
        let (trace_id, span_id) = (ids.new_trace_id(), ids.new_span_id());
        let body = json!({ "id": format!("ord_{lines}"), "lines": lines }).to_string();
        let request = format!(
            "POST /orders HTTP/1.1\r\nHost: {api}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             traceparent: 00-{trace_id}-{span_id}-01\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(api).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;

        let (head, body) = response.split_once("\r\n\r\n").context("the service does not speak HTTP")?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        let is_refused = lines == 0;
        ensure!(status == if is_refused { "422" } else { "200" }, "an order of {lines} lines: {head}");
        if !is_refused {
            let answer: Answer = serde_json::from_str(body)?;
            ensure!(answer.cents == Some(u64::from(lines) * 1_050), "the answer is {answer:?}");
        }
        Ok(Self { trace_id, span_id, is_refused })
    }
}
