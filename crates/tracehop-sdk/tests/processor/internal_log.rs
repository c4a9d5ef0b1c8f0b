//! What stands in OpenTelemetry's internal log. Only what is logged on the thread of the test is seen here: a log for all
//! threads would be one for all tests.
#![cfg(feature = "internal-logs")]

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use opentelemetry_sdk::trace::SpanProcessor;
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::exporters::{behind_gate, calm, end, to_channel};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if field.name() != "message" {
                    write!(self.0, " {}={value:?}", field.name()).unwrap();
                }
            }
        }
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

fn logged(run: impl FnOnce()) -> Vec<String> {
    // While a process has only one subscriber, `tracing` asks the thread that first comes by a line whether anybody wants it,
    // and takes the answer for all threads. Other tests come by these lines too, on threads that have none.
    static ANOTHER: LazyLock<Dispatch> =
        LazyLock::new(|| Dispatch::new(tracing_subscriber::registry().with(Lines::default())));
    LazyLock::force(&ANOTHER);
    let lines = Lines::default();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines.clone()), run);
    let lines = lines.0.lock().unwrap();
    lines.iter().filter(|line| line.contains("ChunkSpanProcessor")).cloned().collect()
}

#[test]
fn settings_that_are_not_taken_are_told_of() {
    let lines = logged(|| {
        let (exporter, _batches) = to_channel();
        let builder = calm(exporter).max_queue_size(0).variables(|name| match name {
            "OTEL_BSP_MAX_QUEUE_SIZE" => Some("many".into()),
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" => Some("5000".into()),
            "OTEL_BSP_EXPORT_TIMEOUT" => Some(String::new()),
            _ => None,
        });
        drop(builder.build().unwrap());
    });
    let ignored =
        "WARN tracehop-sdk name=\"ChunkSpanProcessor.SettingIgnored\" variable=\"OTEL_BSP_MAX_QUEUE_SIZE\"";
    assert_eq!(
        lines,
        [
            format!("{ignored} value=\"zero, set in code\""),
            format!("{ignored} value=\"many\""),
            "WARN tracehop-sdk name=\"ChunkSpanProcessor.BatchSizeReduced\" asked_for=5000 max_queue_size=2048".into(),
        ]
    );
}

#[test]
fn the_first_span_of_many_that_are_dropped_is_told_of_at_once() {
    let (exporter, _gate, _batches) = behind_gate();
    let processor = calm(exporter).max_queue_size(2).build().unwrap();
    let lines = logged(|| end(&processor, 0..10));
    assert_eq!(lines, ["WARN tracehop-sdk name=\"ChunkSpanProcessor.SpanDroppingStarted\""]);
}

#[test]
fn what_a_shutdown_gives_up_is_told_of() {
    let (exporter, gate, _batches) = behind_gate();
    let processor = calm(exporter).max_queue_size(5).max_export_batch_size(2).build().unwrap();
    end(&processor, 0..7);
    gate.entered();
    let lines = logged(|| {
        assert!(processor.shutdown_with_timeout(Duration::from_millis(20)).is_err());
        end(&processor, 7..9);
    });
    assert_eq!(
        lines,
        [
            "WARN tracehop-sdk name=\"ChunkSpanProcessor.SpansDropped\" queue_full=2 export_failed=0 \
             export_timed_out=0 exporter_panicked=0 shutdown_timed_out=5 already_shutdown=0 \
             last_error=\"the time for the shutdown was up\"",
            "ERROR tracehop-sdk name=\"ChunkSpanProcessor.Shutdown.Timeout\"",
            "WARN tracehop-sdk name=\"ChunkSpanProcessor.OnEnd.AfterShutdown\"",
        ]
    );
}
