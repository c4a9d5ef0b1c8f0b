//! Each reason for a loss, and who is told.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter, SpanProcessor};
use tracehop_sdk::{DropReason, DropReport};

use crate::exporters::{Calling, LONG, behind_gate, calm, end, to_channel};

#[test]
fn an_error_of_the_exporter_loses_its_batch_only() {
    let calls = AtomicUsize::new(0);
    let exporter = Calling(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => Err(OTelSdkError::InternalFailure("503".into())),
        1 => Err(OTelSdkError::Timeout(Duration::from_secs(10))),
        _ => Ok(()),
    });
    let processor = calm(exporter).build().unwrap();
    let drops = processor.drops();
    end(&processor, 0..3);
    let error = processor.force_flush().unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!((drops.count(DropReason::ExportFailed), drops.total()), (3, 3));
    end(&processor, 0..2);
    assert!(matches!(processor.force_flush(), Err(OTelSdkError::Timeout(_))));
    assert_eq!((drops.count(DropReason::ExportTimedOut), drops.total()), (2, 5));
    end(&processor, 0..1);
    processor.force_flush().unwrap();
    assert_eq!(drops.total(), 5);
}

#[test]
fn a_future_that_is_never_ready_is_given_up_in_time() {
    #[derive(Debug)]
    struct FirstNever(AtomicUsize);
    impl SpanExporter for FirstNever {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
                pending::<()>().await;
            }
            Ok(())
        }
    }
    let processor = calm(FirstNever(AtomicUsize::new(0))).max_export_batch_size(2);
    let processor = processor.export_timeout(Duration::from_millis(50)).build().unwrap();
    let drops = processor.drops();
    end(&processor, 0..2);
    while drops.total() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(drops.count(DropReason::ExportTimedOut), 2);
    end(&processor, 0..2);
    processor.force_flush().unwrap();
    assert_eq!(drops.total(), 2);
}

#[test]
fn spans_that_end_after_a_shutdown_are_counted() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).max_queue_size(1).build().unwrap();
    processor.shutdown().unwrap();
    end(&processor, 0..3);
    assert_eq!(processor.drops().count(DropReason::AfterShutdown), 3);
    assert_eq!(processor.drops().total(), 3);
    assert_eq!(batches.count_all(), 0);
}

#[test]
fn the_hook_is_told_once_for_each_interval_with_losses() {
    let (sender, reports) = channel::<DropReport>();
    let exporter = Calling(|_| Err(OTelSdkError::InternalFailure("no".into())));
    let processor = calm(exporter)
        .schedule_delay(Duration::from_millis(20))
        .on_drop(move |report| sender.send(report.clone()).unwrap())
        .build()
        .unwrap();
    for round in 1..=3 {
        end(&processor, 0..round);
        assert!(processor.force_flush().is_err());
        let report = reports.recv_timeout(LONG).unwrap();
        assert_eq!(report.iter().collect::<Vec<_>>(), [(DropReason::ExportFailed, round)]);
        assert_eq!((report.count(DropReason::ExportFailed), report.total()), (round, round));
        assert_eq!(format!("{report:?}"), format!("DropReport {{\"export_failed\": {round}}}"));
    }
    processor.shutdown().unwrap();
    // Nothing more was lost, so nobody was told of anything.
    assert!(reports.try_recv().is_err());
}

#[test]
fn what_was_lost_since_the_last_interval_is_told_at_a_shutdown() {
    let (exporter, gate, _batches) = behind_gate();
    let told = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&told);
    let processor = calm(exporter).max_queue_size(4);
    let processor =
        processor.on_drop(move |report| hook.lock().unwrap().push(report.clone())).build().unwrap();
    end(&processor, 0..10);
    gate.entered();
    gate.open();
    processor.shutdown().unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].iter().collect::<Vec<_>>(), [(DropReason::QueueFull, 6)]);
}

#[test]
fn a_hook_that_panics_is_told_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let hook = Arc::clone(&calls);
    let exporter = Calling(|_| Err(OTelSdkError::InternalFailure("no".into())));
    let processor = calm(exporter)
        .schedule_delay(Duration::from_millis(5))
        .on_drop(move |_| {
            hook.fetch_add(1, Ordering::Relaxed);
            panic!("on purpose: a hook of a test");
        })
        .build()
        .unwrap();
    for round in 1..=2 {
        end(&processor, [1]);
        while calls.load(Ordering::Relaxed) < round {
            std::thread::yield_now();
        }
    }
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 2);
}

#[test]
fn the_counts_outlive_the_processor_and_show_themselves() {
    let (exporter, _batches) = to_channel();
    let processor = calm(exporter).build().unwrap();
    let (drops, shared) = (processor.drops(), processor.drops().clone());
    processor.shutdown().unwrap();
    end(&processor, 0..2);
    drop(processor);
    assert_eq!((drops.total(), shared.total()), (2, 2));
    assert_eq!(
        format!("{drops:?}"),
        "Drops { queue_full: 0, export_failed: 0, export_timed_out: 0, exporter_panicked: 0, \
         shutdown_timed_out: 0, already_shutdown: 2 }"
    );
}

#[test]
fn each_reason_has_a_word_of_its_own() {
    let mut words: Vec<String> = DropReason::ALL.iter().map(ToString::to_string).collect();
    assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), DropReason::ALL.len());
}

#[test]
fn short_intervals_and_a_slow_hook_keep_nothing_from_being_exported() {
    let exporter =
        Calling(
            |batch: Vec<SpanData>| {
                if batch.len() == 1 { Err(OTelSdkError::InternalFailure("no".into())) } else { Ok(()) }
            },
        );
    let processor = calm(exporter)
        .schedule_delay(Duration::from_nanos(1))
        // Longer than an interval, so that the next one is over when it returns.
        .on_drop(|_| std::thread::sleep(Duration::from_millis(3)))
        .build()
        .unwrap();
    for _ in 0..20 {
        end(&processor, [1]);
        // It may have been exported before.
        drop(processor.force_flush());
    }
    assert_eq!(processor.drops().total(), 20);
    processor.shutdown().unwrap();
}
