//! tracehop's operations one by one, for the guard that counts their allocations.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TraceState};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use rdkafka::message::Message;
use tracehop_sdk::{
    ChunkSpanProcessor, OtlpExporter, OtlpRequest, OtlpResponse, OtlpTransport, OtlpTransportError,
};

use crate::after;
use crate::batches;
use crate::case::{Work, work, work_in};
use crate::headers::{TRACESTATE, headers, state};
use crate::mode::Mode;
use crate::ours::{self, Client, TraceContext};
use crate::provider::Tracers;
use crate::spans::{PARTITION, TOPIC, batch, message};
use crate::traceparent::{TRACEPARENT, around, span_context};
use crate::transports;

/// What is done with a message, by name, and the work of doing it so often.
pub(crate) fn all() -> Vec<(String, Work)> {
    let hops = Mode::ALL.into_iter().flat_map(|mode| {
        [
            ("send", send(client(mode), mode)),
            ("receive", receive(mode)),
            ("process", process(client(mode), mode)),
            ("settle", settle(mode)),
            ("process a batch of 100", process_batch(client(mode), mode)),
        ]
        .map(|(operation, work)| (format!("{operation}, {}", mode.name()), work))
    });
    let headers = [
        ("inject", inject(TraceState::NONE)),
        ("inject, tracestate of 3", inject(state())),
        ("extract", extract(0, &[("traceparent", TRACEPARENT)])),
        ("extract, 10 user headers before it", extract(10, &[("traceparent", TRACEPARENT)])),
        ("extract, only 3 user headers there", extract(3, &[])),
        ("extract, tracestate of 3", extract(0, &[("traceparent", TRACEPARENT), ("tracestate", TRACESTATE)])),
        ("extract to a Context", extract_to_context()),
    ];
    let thrifty = [
        ("send, unsampled and trusted", send(thrifty(Mode::Unsampled), Mode::Unsampled)),
        ("process, unsampled and trusted", process(thrifty(Mode::Unsampled), Mode::Unsampled)),
        ("process a batch of 100, plain links", process_batch(thrifty(Mode::Sampled), Mode::Sampled)),
    ];
    let after = [
        ("send a copy after the handler", after::relay(client(Mode::Sampled))),
        ("commit, after the handler", after::commit_after(client(Mode::Sampled))),
        ("receive + process_or, a failure taken care of", after::process_or(client(Mode::Sampled))),
        ("follow_up with a send", after::follow_up(client(Mode::Sampled))),
        ("headers of a message that is sent on", after::forward(client(Mode::Sampled))),
        ("send, no SDK and told so", after::told()),
    ];
    let exported = [
        ("send, sampled, through ChunkSpanProcessor", exported(Exports::Nowhere)),
        ("send, sampled, through ChunkSpanProcessor to OTLP", exported(Exports::Otlp)),
    ];
    let headers = headers.into_iter().chain(exported).chain(batches::operations());
    hops.chain(thrifty.into_iter().chain(after).chain(headers).map(|(name, work)| (name.to_owned(), work)))
        .chain(transports::operations())
        .collect()
}

/// Where spans go to behind tracehop-sdk's processor.
#[derive(Clone, Copy)]
enum Exports {
    Nowhere,
    Otlp,
}

/// Sends whose spans are exported too, all of them before it returns.
fn exported(to: Exports) -> Work {
    let processor = || {
        let never = Duration::from_secs(3600);
        match to {
            Exports::Nowhere => ChunkSpanProcessor::builder(Nowhere).schedule_delay(never).build(),
            Exports::Otlp => {
                let exporter =
                    OtlpExporter::builder().transport(Nowhere).build().map_err(io::Error::other)?;
                ChunkSpanProcessor::builder(exporter).schedule_delay(never).build()
            }
        }
    };
    let builder = SdkTracerProvider::builder();
    // Without a thread the row says less than the table.
    let provider = match processor() {
        Ok(processor) => builder.with_span_processor(processor).build(),
        Err(_) => builder.build(),
    };
    let mut send = send(Client::new(&ours::tracer(Some(&provider))), Mode::Sampled);
    Box::new(move |times| {
        send(times);
        let _ = provider.force_flush();
    })
}

/// An exporter, and a transport.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

impl OtlpTransport for Nowhere {
    fn send(&self, _: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
        Ok(OtlpResponse::empty())
    }
}

fn thrifty(mode: Mode) -> Client {
    Client::new(&Tracers::discarding(mode).thrifty)
}

fn client(mode: Mode) -> Client {
    Client::new(&Tracers::discarding(mode).ours)
}

fn send(client: Client, mode: Mode) -> Work {
    work_in(around(mode), move || {
        let mut headers = None;
        client.send(black_box(TOPIC), PARTITION, &mut headers);
        headers
    })
}

fn receive(mode: Mode) -> Work {
    let (client, message) = (client(mode), message(mode));
    work(move || {
        black_box(client.receive(black_box(&message)));
    })
}

/// The message is received once and handled again and again.
fn process(client: Client, mode: Mode) -> Work {
    let message = message(mode);
    Box::new(move |times| {
        let got = client.receive(&message);
        for _ in 0..times {
            ours::process(&got, |message| black_box(Message::payload(message).is_some()));
        }
    })
}

fn settle(mode: Mode) -> Work {
    let (client, message) = (client(mode), message(mode));
    work(move || client.settle(black_box(&message)))
}

fn process_batch(client: Client, mode: Mode) -> Work {
    let messages = batch(mode);
    Box::new(move |times| {
        let batch: Vec<_> = messages.iter().map(|message| client.receive(message)).collect();
        for _ in 0..times {
            client.process_batch(&batch, || black_box(batch.len()));
        }
    })
}

fn inject(state: TraceState) -> Work {
    let ours = TraceContext::new();
    let cx = Context::new().with_remote_span_context(span_context(true, state));
    work(move || {
        let mut headers = None;
        let result = ours.inject(black_box(&cx), &mut headers);
        (headers, result)
    })
}

fn extract(users: usize, more: &[(&str, &str)]) -> Work {
    let (ours, headers) = (TraceContext::new(), headers(users, more));
    work(move || ours.extract(black_box(&headers)))
}

fn extract_to_context() -> Work {
    let (ours, headers) = (TraceContext::new(), headers(0, &[("traceparent", TRACEPARENT)]));
    work(move || ours.extract_to_context(black_box(&headers)))
}
