//! A flush or a shutdown returns in time, whatever the exporter does.

use std::future::pending;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter, SpanProcessor};
use tracehop_sdk::{ChunkSpanProcessor, DropReason};

use crate::exporters::{Calling, Gate, LONG, behind_gate, calm, end, to_channel};

const SHORT: Duration = Duration::from_millis(100);

/// Runs it, and fails if it took much longer than it may. Machines that run tests are busy at times.
fn in_time<T>(run: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let answer = run();
    assert!(started.elapsed() < SHORT + Duration::from_secs(10), "it took {:?}", started.elapsed());
    answer
}

#[test]
fn a_flush_does_not_wait_for_an_exporter_that_hangs() {
    let (exporter, gate, batches) = behind_gate();
    let processor = calm(exporter).export_timeout(SHORT).build().unwrap();
    end(&processor, [1]);
    assert!(matches!(in_time(|| processor.force_flush()), Err(OTelSdkError::Timeout(time)) if time == SHORT));
    // It hangs, but nothing is lost yet.
    assert_eq!(processor.drops().total(), 0);
    gate.open();
    assert_eq!(batches.next(), [1]);
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 0);
}

#[test]
fn a_shutdown_does_not_wait_for_an_exporter_that_hangs_and_counts_what_is_left() {
    let (exporter, gate, batches) = behind_gate();
    let processor = calm(exporter).max_export_batch_size(2).build().unwrap();
    let drops = processor.drops();
    end(&processor, 0..5);
    assert_eq!(gate.entered(), 2);
    let result = in_time(|| processor.shutdown_with_timeout(SHORT));
    assert!(matches!(result, Err(OTelSdkError::Timeout(time)) if time == SHORT));
    // Two with the exporter, a chunk of two, and one in a shard.
    assert_eq!((drops.count(DropReason::ShutdownTimedOut), drops.total()), (5, 5));
    end(&processor, 5..7);
    assert_eq!((drops.count(DropReason::AfterShutdown), drops.total()), (2, 7));
    assert!(matches!(processor.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    assert!(matches!(processor.force_flush(), Err(OTelSdkError::AlreadyShutdown)));
    // The thread that was left behind ends once the exporter returns, and counts nothing twice.
    gate.open();
    assert_eq!(batches.count_all(), 2);
    assert_eq!(drops.total(), 7);
}

#[test]
fn what_a_shutdown_gave_up_is_not_counted_again_when_the_exporter_fails_later() {
    let (gate, passage) = Gate::new();
    let (test_runs, exporter_lives) = channel::<()>();
    let exporter = Calling(move |batch: Vec<SpanData>| {
        let _until_dropped = &test_runs;
        passage.pass(batch.len());
        Err(OTelSdkError::InternalFailure("too late".into()))
    });
    let processor = calm(exporter).max_queue_size(2).max_export_batch_size(1).build().unwrap();
    end(&processor, 0..2);
    gate.entered();
    assert!(processor.shutdown_with_timeout(SHORT).is_err());
    gate.open();
    assert!(exporter_lives.recv_timeout(LONG).is_err());
    assert_eq!(processor.drops().count(DropReason::ShutdownTimedOut), 2);
    // The room was given back once: or the queue would be full now.
    end(&processor, 0..3);
    assert_eq!(processor.drops().count(DropReason::AfterShutdown), 3);
    assert_eq!(processor.drops().total(), 5);
}

#[test]
fn a_shutdown_without_any_time_counts_everything() {
    let (exporter, gate, _batches) = behind_gate();
    let processor = calm(exporter).max_export_batch_size(2).build().unwrap();
    end(&processor, 0..5);
    gate.entered();
    assert!(processor.shutdown_with_timeout(Duration::ZERO).is_err());
    assert_eq!(processor.drops().count(DropReason::ShutdownTimedOut), 5);
}

#[test]
fn a_shutdown_cuts_a_future_short_that_has_more_time_otherwise() {
    #[derive(Debug)]
    struct Never(Sender<&'static str>);
    struct Dropped(Sender<&'static str>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.send("dropped").unwrap();
        }
    }
    impl SpanExporter for Never {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.send("exporting").unwrap();
            let _dropped = Dropped(self.0.clone());
            pending().await
        }
    }
    let (sender, events) = channel();
    let processor = calm(Never(sender)).max_export_batch_size(2).export_timeout(LONG * 60).build().unwrap();
    end(&processor, 0..5);
    assert_eq!(events.recv_timeout(LONG), Ok("exporting"));
    assert!(in_time(|| processor.shutdown_with_timeout(SHORT)).is_err());
    assert_eq!(processor.drops().count(DropReason::ShutdownTimedOut), 5);
    assert_eq!(processor.drops().total(), 5);
    assert_eq!(events.recv_timeout(LONG), Ok("dropped"));
    // The exporter is dropped too, and its thread ends.
    assert!(events.recv_timeout(LONG).is_err());
}

#[test]
fn a_shutdown_does_not_wait_for_an_exporter_that_hangs_in_its_own() {
    #[derive(Debug)]
    struct HangsAtTheEnd(Mutex<std::sync::mpsc::Receiver<()>>);
    impl SpanExporter for HangsAtTheEnd {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
            let _test_is_over = self.0.lock().unwrap().recv();
            Ok(())
        }
    }
    let (test_runs, receiver) = channel();
    let processor = calm(HangsAtTheEnd(Mutex::new(receiver))).build().unwrap();
    end(&processor, 0..5);
    assert!(in_time(|| processor.shutdown_with_timeout(SHORT)).is_err());
    // They were exported before.
    assert_eq!(processor.drops().total(), 0);
    drop(test_runs);
}

#[test]
fn a_flush_that_waits_ends_when_a_shutdown_gives_up() {
    let (exporter, gate, _batches) = behind_gate();
    let processor = calm(exporter).export_timeout(LONG * 60).max_export_batch_size(1).build().unwrap();
    end(&processor, 0..2);
    gate.entered();
    std::thread::scope(|scope| {
        let (sender, started) = channel();
        let processor = &processor;
        let flush = scope.spawn(move || {
            sender.send(()).unwrap();
            processor.force_flush()
        });
        started.recv().unwrap();
        assert!(processor.shutdown_with_timeout(SHORT).is_err());
        // It may have come only after the shutdown.
        let result = flush.join().unwrap();
        assert!(
            matches!(result, Err(OTelSdkError::Timeout(_) | OTelSdkError::AlreadyShutdown)),
            "{result:?}"
        );
    });
}

#[test]
fn an_exporter_that_flushes_or_shuts_down_its_own_processor_does_not_wait_for_itself() {
    type Slot = Arc<Mutex<Weak<ChunkSpanProcessor>>>;
    type Verb = fn(&ChunkSpanProcessor) -> OTelSdkResult;
    let verbs: [Verb; 2] = [|processor| processor.force_flush(), |processor| processor.shutdown()];
    for verb in verbs {
        let slot: Slot = Arc::default();
        let inner = Arc::clone(&slot);
        let (sender, results) = channel();
        let exporter = Calling(move |_| {
            let processor = inner.lock().unwrap().upgrade();
            sender.send(processor.map(|processor| verb(&processor))).unwrap();
            Ok(())
        });
        let processor = Arc::new(calm(exporter).max_export_batch_size(1).build().unwrap());
        *slot.lock().unwrap() = Arc::downgrade(&processor);
        end(&processor, [1]);
        let result = results.recv_timeout(LONG).unwrap();
        assert!(matches!(result, Some(Err(OTelSdkError::InternalFailure(_)))), "{result:?}");
    }
}

#[test]
fn a_shutdown_that_the_exporter_asked_for_takes_place() {
    let slot: Arc<Mutex<Option<ChunkSpanProcessor>>> = Arc::default();
    let inner = Arc::clone(&slot);
    let (gate, passage) = Gate::new();
    let (sender, batches) = channel();
    let exporter = Calling(move |batch: Vec<SpanData>| {
        passage.pass(batch.len());
        sender.send(batch.len()).unwrap();
        // The last owner is on the processor's own thread.
        drop(inner.lock().unwrap().take());
        Ok(())
    });
    let processor = calm(exporter).max_export_batch_size(1).build().unwrap();
    let drops = processor.drops();
    end(&processor, 0..3);
    gate.entered();
    *slot.lock().unwrap() = Some(processor);
    gate.open();
    // The exporter is dropped at the end of the shutdown, and the channel with it.
    assert_eq!(batches.iter().sum::<usize>(), 3);
    assert_eq!(drops.total(), 0);
}

#[test]
fn a_clock_that_cannot_say_the_deadline_is_no_problem() {
    let (exporter, batches) = to_channel();
    let processor =
        calm(exporter).schedule_delay(Duration::MAX).export_timeout(Duration::MAX).build().unwrap();
    end(&processor, [1]);
    processor.force_flush().unwrap();
    end(&processor, [2]);
    processor.shutdown_with_timeout(Duration::MAX).unwrap();
    assert_eq!(batches.here(), [[1], [2]]);
}
