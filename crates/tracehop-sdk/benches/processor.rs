//! What a span costs in a processor, beyond making it: CPU time of the process over all threads, with the drain.
//!
//! ```sh
//! cargo bench -p tracehop-sdk --features otlp --bench processor
//! ```
//!
//! Each round makes the same spans with each processor, one after the other, and each number is the least of its rounds: what
//! disturbs a round only adds to it. The queues are so large that nothing is dropped. The exporter drops what it gets. With the
//! feature `otlp` there is a row with `OtlpExporter` too, whose spans are encoded, and whose transport drops the requests.
//!
//! Then, how long one span takes its thread, also with an exporter that does not return and a queue that is full.
#![allow(clippy::expect_used, reason = "a benchmark that cannot run stops")]

#[cfg(unix)]
fn main() {
    // `cargo bench` says `--bench`; `cargo test --benches` says nothing, and wants to see it run once.
    let full = std::env::args().any(|argument| argument == "--bench");
    let (rounds, spans) = if full { (9, 400_000) } else { (1, 1_000) };
    measure::costs(rounds, spans);
    measure::latencies(spans);
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod measure {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;
    use std::time::{Duration, Instant};

    use opentelemetry::trace::{Span as _, SpanKind, Tracer, TracerProvider};
    use opentelemetry::{Context, KeyValue};
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{
        BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter,
        SpanProcessor,
    };
    use rustix::time::{ClockId, clock_gettime};
    use tracehop_sdk::ChunkSpanProcessor;
    #[cfg(feature = "otlp")]
    use tracehop_sdk::{OtlpExporter, OtlpRequest, OtlpResponse, OtlpTransport, OtlpTransportError};

    #[derive(Debug)]
    struct DropsAll;

    impl SpanProcessor for DropsAll {
        fn on_start(&self, _span: &mut Span, _context: &Context) {}
        fn on_end(&self, span: SpanData) {
            drop(span);
        }
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    #[derive(Debug)]
    struct Nowhere;

    impl SpanExporter for Nowhere {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            drop(batch);
            Ok(())
        }
    }

    #[cfg(feature = "otlp")]
    #[derive(Debug)]
    struct Discards;

    #[cfg(feature = "otlp")]
    impl OtlpTransport for Discards {
        fn send(&self, _request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
            Ok(OtlpResponse::empty())
        }
    }

    const NAMES: [&str; 3] = ["drops all", "SDK's batch", "ChunkSpanProcessor"];

    /// Those, and the way to OTLP.
    const WAYS: usize = if cfg!(feature = "otlp") { 4 } else { 3 };

    pub(super) fn costs(rounds: usize, spans: usize) {
        println!("CPU and wall time of a span in ns, {spans} spans in all, least of {rounds} rounds\n");
        println!("{:<20} {:>8} {:>9} {:>9} {:>9}", "processor", "threads", "CPU", "beyond", "wall");
        for threads in [1, 4] {
            let mut least = [(f64::MAX, f64::MAX); WAYS];
            for _ in 0..rounds {
                for (which, least) in least.iter_mut().enumerate() {
                    let (cpu, wall) = round(which, threads, spans / threads);
                    *least = (least.0.min(cpu), least.1.min(wall));
                }
            }
            for (name, (cpu, wall)) in NAMES.iter().chain(&["the same, OTLP"]).zip(least) {
                println!("{name:<20} {threads:>8} {cpu:>9.0} {:>9.0} {wall:>9.0}", cpu - least[0].0);
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    fn round(which: usize, threads: usize, spans: usize) -> (f64, f64) {
        let all = threads * spans;
        let mut drops = None;
        let builder = SdkTracerProvider::builder();
        let provider = match which {
            0 => builder.with_span_processor(DropsAll),
            1 => builder.with_span_processor(sdk(all + 1)),
            #[cfg(feature = "otlp")]
            3 => {
                let exporter = OtlpExporter::builder().transport(Discards).build().expect("an exporter");
                let ours = ChunkSpanProcessor::builder(exporter).max_queue_size(all + 1);
                let ours = ours.build().expect("a thread");
                drops = Some(ours.drops());
                builder.with_span_processor(ours)
            }
            _ => {
                let ours = ChunkSpanProcessor::builder(Nowhere).max_queue_size(all + 1);
                let ours = ours.build().expect("a thread");
                drops = Some(ours.drops());
                builder.with_span_processor(ours)
            }
        };
        let provider = provider.build();
        let (cpu, wall) = (cpu_time(), Instant::now());
        thread::scope(|scope| {
            for _ in 0..threads {
                let tracer = provider.tracer("bench");
                scope.spawn(move || {
                    for _ in 0..spans {
                        span(&tracer);
                    }
                });
            }
        });
        provider.shutdown().expect("a shutdown");
        let (cpu, wall) = (cpu_time().saturating_sub(cpu), wall.elapsed());
        assert_eq!(drops.map_or(0, |drops| drops.total()), 0);
        (cpu.as_nanos() as f64 / all as f64, wall.as_nanos() as f64 / all as f64)
    }

    fn sdk(queue: usize) -> BatchSpanProcessor {
        let config = BatchConfigBuilder::default().with_max_queue_size(queue).build();
        BatchSpanProcessor::builder(Nowhere).with_batch_config(config).build()
    }

    fn span(tracer: &SdkTracer) {
        let span = tracer.span_builder("send orders").with_kind(SpanKind::Producer);
        let attributes = [
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("messaging.destination.name", "orders"),
            KeyValue::new("messaging.operation.name", "send"),
        ];
        span.with_attributes(attributes).start(tracer).end();
    }

    /// Blocks its thread until the sender is dropped.
    #[derive(Debug)]
    struct Hangs(Mutex<Receiver<()>>);

    impl SpanExporter for Hangs {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            if let Ok(receiver) = self.0.lock() {
                let _over = receiver.recv();
            }
            Ok(())
        }
    }

    pub(super) fn latencies(spans: usize) {
        println!("\nTime of one span on its thread in ns, {spans} spans, one thread, with the clock\n");
        println!("{:<32} {:>8} {:>8} {:>8}", "processor", "p50", "p99", "p99.9");
        let (over, receiver) = channel();
        let hangs = ChunkSpanProcessor::builder(Hangs(Mutex::new(receiver))).build().expect("a thread");
        let works = ChunkSpanProcessor::builder(Nowhere).max_queue_size(spans + 1).build().expect("a thread");
        let provider = |processor| SdkTracerProvider::builder().with_span_processor(processor).build();
        let all = [
            (NAMES[0], SdkTracerProvider::builder().with_span_processor(DropsAll).build()),
            (NAMES[1], SdkTracerProvider::builder().with_span_processor(sdk(spans + 1)).build()),
            (NAMES[2], provider(works)),
            ("the same, full, exporter hangs", provider(hangs)),
        ];
        for (name, provider) in &all {
            let tracer = provider.tracer("bench");
            let mut times: Vec<Duration> = Vec::with_capacity(spans);
            for _ in 0..spans {
                let started = Instant::now();
                span(&tracer);
                times.push(started.elapsed());
            }
            times.sort_unstable();
            let at =
                |per_mille: usize| times.get(times.len() * per_mille / 1000).map_or(0, Duration::as_nanos);
            println!("{name:<32} {:>8} {:>8} {:>8}", at(500), at(990), at(999));
        }
        drop(over);
    }

    fn cpu_time() -> Duration {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
    }
}
