//! Telemetry that cannot be delivered. Messages must not notice: a send that waited for an export would wait longer here
//! than any deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::jetstream::consumer::pull;
use lapin::options::BasicAckOptions;
use opentelemetry::Context;
use opentelemetry::trace::FutureExt as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use rdkafka::message::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracehop::MessagingTracer;

use crate::book::Book;
use crate::load::MESSAGES;
use crate::support::{DEADLINE, kafka, nats, rabbitmq, unique, within};

/// What listens where the telemetry goes.
#[derive(Clone, Copy, PartialEq)]
enum Backend {
    /// Nobody.
    Absent,
    /// Somebody who takes connections and never says a word.
    Silent,
    /// Somebody who has no time.
    Refusing,
    /// Somebody who takes a connection and ends it.
    HangingUp,
}

/// Its address, and how many exports it has seen. By hand, because an `OtlpRecorder` never refuses what is well, and a `FaultProxy`
/// before it would not count exports.
async fn listen(backend: Backend) -> (String, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (seen, exports) = watch::channel(0);
    if backend != Backend::Absent {
        tokio::spawn(async move {
            let mut silent = Vec::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let seen = seen.clone();
                match backend {
                    Backend::Silent => {
                        seen.send_modify(|count| *count += 1);
                        silent.push(client);
                    }
                    Backend::Refusing => drop(tokio::spawn(async move {
                        let mut request = [0; 4096];
                        while client.read(&mut request).await.is_ok_and(|length| length > 0) {
                            seen.send_modify(|count| *count += 1);
                            let refusal = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
                            let _ = client.write_all(refusal).await;
                        }
                    })),
                    Backend::HangingUp | Backend::Absent => seen.send_modify(|count| *count += 1),
                }
            }
        });
    }
    (address, exports)
}

/// Spans that have started and ended, whatever becomes of them.
#[derive(Debug, Default)]
struct Counts {
    started: AtomicUsize,
    ended: AtomicUsize,
}

#[derive(Debug)]
struct Counting(Arc<Counts>);

impl SpanProcessor for Counting {
    fn on_start(&self, _: &mut Span, _: &Context) {
        self.0.started.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, _: SpanData) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// As a service sets it up, but that the queue is full after a few spans, and that an export is given up late.
fn provider(address: &str, counts: &Arc<Counts>) -> SdkTracerProvider {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("http://{address}/v1/traces"))
        .with_timeout(10 * DEADLINE)
        .build()
        .unwrap();
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(32)
        .with_max_export_batch_size(16)
        .with_scheduled_delay(Duration::from_millis(10))
        .build();
    let batches = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    SdkTracerProvider::builder()
        .with_span_processor(Counting(Arc::clone(counts)))
        .with_span_processor(batches)
        .build()
}

async fn messages_do_not_notice(backend: Backend) {
    let (address, mut exports) = listen(backend).await;
    let counts = Arc::<Counts>::default();
    let provider = provider(&address, &counts);
    let tracer = MessagingTracer::builder().tracer_provider(provider.clone()).build();

    through_kafka(&tracer, 1).await;
    if backend != Backend::Absent {
        // From now on the exporter has what it can chew on.
        within(exports.wait_for(|count| *count > 0)).await.unwrap();
    }
    through_kafka(&tracer, MESSAGES).await;
    through_rabbitmq(&tracer, MESSAGES).await;
    through_nats(&tracer, MESSAGES).await;

    let (started, ended) = (counts.started.load(Ordering::Relaxed), counts.ended.load(Ordering::Relaxed));
    // A send, a handling and, but for Kafka, a settlement for each.
    assert_eq!((started, ended), (2 + 8 * MESSAGES, 2 + 8 * MESSAGES), "each span ends, exported or not");
    // The SDK gives up by itself, or says that it could not deliver all.
    let shutdown =
        tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(Duration::from_secs(2)));
    let _ = within(shutdown).await.unwrap();
    // Without a backend, and without an SDK by now, messages go on.
    through_nats(&tracer, 1).await;
    assert_eq!(counts.started.load(Ordering::Relaxed), started, "an SDK that was shut down makes no spans");
}

async fn through_kafka(tracer: &MessagingTracer, messages: usize) {
    let topic = unique("orders");
    kafka::create_topic(&topic, 1).await;
    let (producer, book) = (kafka::producer(tracer), Book::new());
    let consumer = kafka::consumer(&topic, &topic, tracer);
    for number in 0..messages {
        let (request, payload) = Book::message(number);
        kafka::send(&producer, &topic, &payload).with_context(request).await;
        let order = kafka::next(&consumer).await;
        order.process(async { book.handle(order.payload().unwrap(), order.creation()) }).await;
    }
    assert_eq!(book.handled(), messages);
}

async fn through_rabbitmq(tracer: &MessagingTracer, messages: usize) {
    let queue = unique("orders");
    let (rabbit, book) = (rabbitmq::connect(tracer).await, Book::new());
    rabbitmq::create_queue(&rabbit.channel, &queue, &[]).await;
    let mut consumer = rabbitmq::consume(&rabbit.channel, &queue).await;
    for number in 0..messages {
        let (request, payload) = Book::message(number);
        rabbitmq::publish(&rabbit.channel, &queue, &payload).with_context(request).await;
        let order = rabbitmq::next(&mut consumer).await;
        let handler = async {
            book.handle(&order.data, order.creation());
            order.ack(BasicAckOptions::default()).await
        };
        order.process(handler).await.unwrap();
    }
    assert_eq!(book.handled(), messages);
}

async fn through_nats(tracer: &MessagingTracer, messages: usize) {
    let subject = unique("orders");
    let (client, book) = (nats::connect().await, Book::new());
    let stream = nats::create_stream(&client, &subject).await;
    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let mut orders = nats::messages(&consumer, tracer).await;
    let context = nats::context(&client, tracer);
    for number in 0..messages {
        let (request, payload) = Book::message(number);
        nats::store(&context, &subject, &payload).with_context(request).await;
        let order = nats::next(&mut orders).await;
        let handler = async {
            book.handle(&order.payload, order.creation());
            order.ack().await
        };
        order.process(handler).await.unwrap();
    }
    assert_eq!(book.handled(), messages);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_do_not_notice_that_there_is_no_backend() {
    messages_do_not_notice(Backend::Absent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_do_not_notice_a_backend_that_never_answers() {
    messages_do_not_notice(Backend::Silent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_do_not_notice_a_backend_that_refuses() {
    messages_do_not_notice(Backend::Refusing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_do_not_notice_a_backend_that_hangs_up() {
    messages_do_not_notice(Backend::HangingUp).await;
}
