//! The last spans.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter, SpanProcessor};
use tracehop_sdk::DropReason;

use crate::exporters::{Calling, behind_gate, calm, end, to_channel};

#[test]
fn a_shutdown_exports_what_is_there() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).build().unwrap();
    end(&processor, 0..300);
    processor.shutdown().unwrap();
    assert_eq!(batches.count_all(), 300);
    assert!(matches!(processor.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    assert!(matches!(processor.force_flush(), Err(OTelSdkError::AlreadyShutdown)));
}

#[test]
fn a_shutdown_while_the_queue_is_full_exports_all_of_it() {
    let (exporter, gate, batches) = behind_gate();
    let processor = calm(exporter).build().unwrap();
    end(&processor, 0..5_000);
    gate.entered();
    thread::scope(|scope| {
        scope.spawn(|| gate.open());
        processor.shutdown().unwrap();
    });
    assert_eq!(batches.count_all(), 2_048);
    assert_eq!(processor.drops().total(), 5_000 - 2_048);
}

#[test]
fn a_shutdown_tells_of_an_export_that_failed() {
    let exporter = Calling(|_| Err(OTelSdkError::InternalFailure("refused".into())));
    let processor = calm(exporter).build().unwrap();
    end(&processor, [1]);
    assert!(processor.shutdown().unwrap_err().to_string().contains("refused"));
    assert_eq!(processor.drops().count(DropReason::ExportFailed), 1);
}

#[test]
fn a_processor_that_is_dropped_exports_what_is_there() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).build().unwrap();
    end(&processor, 0..3);
    drop(processor);
    assert_eq!(batches.here(), [[0, 1, 2]]);
}

#[test]
fn a_provider_that_is_dropped_exports_what_is_there() {
    let (exporter, batches) = to_channel();
    let provider = SdkTracerProvider::builder().with_span_processor(calm(exporter).build().unwrap()).build();
    provider.tracer("test").in_span("last", |_| {});
    drop(provider);
    assert_eq!(batches.count_all(), 1);
}

#[test]
fn the_exporter_is_shut_down_once_and_after_the_last_span() {
    #[derive(Debug)]
    struct Telling(std::sync::mpsc::Sender<&'static str>);
    impl SpanExporter for Telling {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.send("export").unwrap();
            Ok(())
        }
        fn force_flush(&self) -> OTelSdkResult {
            self.0.send("flush").unwrap();
            Ok(())
        }
        fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
            assert!(timeout <= Duration::from_secs(30) && timeout > Duration::from_secs(1));
            self.0.send("shutdown").unwrap();
            Ok(())
        }
    }
    let (sender, calls) = channel();
    let processor = calm(Telling(sender)).build().unwrap();
    end(&processor, [1]);
    processor.force_flush().unwrap();
    end(&processor, [2]);
    processor.shutdown_with_timeout(Duration::from_secs(30)).unwrap();
    drop(processor);
    assert_eq!(calls.iter().collect::<Vec<_>>(), ["export", "flush", "export", "shutdown"]);
}

#[test]
fn of_spans_that_end_during_a_shutdown_each_is_exported_or_counted() {
    for _ in 0..50 {
        let (exporter, batches) = to_channel();
        let processor = calm(exporter).max_queue_size(1_000).max_export_batch_size(7).build().unwrap();
        let (ended, over) = (AtomicU64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        end(&processor, [1]);
                        ended.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            scope.spawn(|| {
                while ended.load(Ordering::Relaxed) < 100 {
                    thread::yield_now();
                }
                processor.shutdown().unwrap();
                over.store(true, Ordering::Relaxed);
            });
        });
        let arrived = batches.count_all() as u64;
        assert_eq!(arrived + processor.drops().total(), ended.load(Ordering::Relaxed), "{processor:?}");
    }
}

#[test]
fn of_spans_that_end_while_a_shutdown_gives_up_each_is_counted() {
    for _ in 0..20 {
        let (exporter, gate, batches) = behind_gate();
        let processor = calm(exporter).max_queue_size(50).max_export_batch_size(7).build().unwrap();
        let (ended, over) = (AtomicU64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        end(&processor, [1]);
                        ended.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            scope.spawn(|| {
                gate.entered();
                assert!(processor.shutdown_with_timeout(Duration::from_millis(2)).is_err());
                over.store(true, Ordering::Relaxed);
            });
        });
        // What the exporter had counts as lost, though it goes on with it later.
        assert_eq!(processor.drops().total(), ended.load(Ordering::Relaxed), "{processor:?}");
        gate.open();
        assert!(batches.count_all() <= 7);
        assert_eq!(processor.drops().total(), ended.load(Ordering::Relaxed), "{processor:?}");
    }
}
