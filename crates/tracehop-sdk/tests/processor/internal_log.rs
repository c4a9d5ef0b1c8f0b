//! What stands in OpenTelemetry's internal log.
#![cfg(feature = "internal-logs")]

use std::time::Duration;

use opentelemetry_sdk::trace::SpanProcessor;

use crate::exporters::{behind_gate, calm, end, to_channel};

#[path = "../support/log.rs"]
mod log;

fn logged(run: impl FnOnce()) -> Vec<String> {
    log::logged("ChunkSpanProcessor", run)
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
