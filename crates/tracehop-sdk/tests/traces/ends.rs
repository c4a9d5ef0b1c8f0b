//! The last spans: shut down, dropped, or given up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracehop_sdk::{ChunkSpanProcessor, DropReason, Traces};

use crate::variables::variables;

/// Sends the names of spans here, and hangs up when it is dropped.
#[derive(Debug)]
struct Telling(Sender<String>);

impl SpanExporter for Telling {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch {
            self.0.send(span.name.into_owned()).unwrap();
        }
        Ok(())
    }
}

/// All names until the exporter is dropped.
#[track_caller]
fn all(names: &Receiver<String>) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match names.recv_timeout(Duration::from_secs(20)) {
            Ok(name) => all.push(name),
            Err(RecvTimeoutError::Disconnected) => return all,
            Err(RecvTimeoutError::Timeout) => panic!("the exporter was not dropped"),
        }
    }
}

/// Is never ready.
#[derive(Debug)]
struct Hanging;

impl SpanExporter for Hanging {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        std::future::pending().await
    }
}

/// An hour goes by before a span is exported by itself.
const CALM: [(&str, &str); 1] = [("OTEL_BSP_SCHEDULE_DELAY", "3600000")];

fn end(traces: &Traces, name: &'static str) {
    traces.provider().tracer("test").start(name).end();
}

#[test]
fn a_shutdown_exports_what_is_there_and_is_the_last() {
    let (sender, names) = channel();
    let traces =
        Traces::builder("orders").variables(variables(&CALM)).exporter(Telling(sender)).build().unwrap();
    end(&traces, "one");
    assert!(names.try_recv().is_err());
    traces.shutdown().unwrap();
    end(&traces, "late");
    assert!(matches!(traces.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    drop(traces);
    assert_eq!(all(&names), ["one"]);
}

#[test]
fn traces_that_are_dropped_export_what_is_there_although_clones_of_the_provider_are_left() {
    let (sender, names) = channel();
    let traces =
        Traces::builder("orders").variables(variables(&CALM)).exporter(Telling(sender)).build().unwrap();
    let provider = traces.provider().clone();
    end(&traces, "one");
    drop(traces);
    assert_eq!(all(&names), ["one"]);
    assert!(!provider.tracer("test").start("late").is_recording());
}

#[test]
fn a_shutdown_keeps_its_deadline_and_counts_what_it_gives_up() {
    let traces = Traces::builder("orders").variables(variables(&CALM)).exporter(Hanging).build().unwrap();
    let drops = traces.drops();
    end(&traces, "one");
    let start = Instant::now();
    let error = traces.shutdown_with_timeout(Duration::from_millis(50)).unwrap_err();
    // Five seconds would be those of a drop, thirty those of an export.
    assert!(start.elapsed() < Duration::from_secs(4), "{error}");
    assert_eq!(drops.total(), 1, "{drops:?}");
}

#[test]
fn the_variables_of_the_processor_are_read() {
    let set = [CALM[0], ("OTEL_BSP_MAX_QUEUE_SIZE", "2")];
    let traces = Traces::builder("orders").variables(variables(&set)).exporter(Hanging).build().unwrap();
    for _ in 0..10 {
        end(&traces, "x");
    }
    assert_eq!(traces.drops().count(DropReason::QueueFull), 8);
    assert!(traces.shutdown_with_timeout(Duration::ZERO).is_err());
}

#[test]
fn a_processor_of_ones_own_takes_the_place_of_the_exporter() {
    let ((sender, names), (unused, none)) = (channel(), channel());
    let processor = ChunkSpanProcessor::builder(Telling(sender)).variables(|_| None).build().unwrap();
    let drops = processor.drops();
    let traces = Traces::builder("orders").variables(variables(&[])).exporter(Telling(unused));
    let traces = traces.processor(processor).build().unwrap();
    end(&traces, "one");
    traces.shutdown().unwrap();
    end(&traces, "late");
    drop(traces);
    assert_eq!((all(&names), all(&none).len()), (vec!["one".to_owned()], 0));
    assert_eq!(drops.total(), 0);
}

#[test]
fn with_no_exporter_spans_are_made_and_go_nowhere() {
    for value in ["none", "None"] {
        let set = [("OTEL_TRACES_EXPORTER", value)];
        let traces = Traces::builder("orders").variables(variables(&set)).build().unwrap();
        let mut span = traces.provider().tracer("test").start("x");
        assert!(span.is_recording() && span.span_context().is_sampled());
        span.end();
        assert!(traces.shutdown().is_ok());
        assert_eq!(traces.drops().total(), 0);
    }
}

#[test]
fn an_exporter_in_code_comes_before_the_variable() {
    let (sender, names) = channel();
    let none = variables(&[("OTEL_TRACES_EXPORTER", "none")]);
    let traces = Traces::builder("orders").variables(none).exporter(Telling(sender)).build().unwrap();
    end(&traces, "one");
    drop(traces);
    assert_eq!(all(&names), ["one"]);
}

#[test]
fn traces_can_be_shared_by_threads_and_their_settings_sent_to_one() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    fn is_sent<T: Send>(value: T) -> T {
        value
    }
    is_shared(
        &is_sent(Traces::builder("orders").variables(variables(&[]))).exporter(Hanging).build().unwrap(),
    );
}
