//! No more is held than the limit says, and what does not fit is counted.

use std::thread;
use std::time::Duration;

use opentelemetry_sdk::trace::SpanProcessor;
use tracehop_sdk::DropReason;

use crate::exporters::{Calling, behind_gate, calm, end, span};

#[test]
fn with_a_blocked_exporter_as_many_spans_are_held_as_the_limit_says() {
    for (limit, batch) in [(1, 1), (2, 1), (10, 3), (100, 100), (2_048, 512)] {
        let (exporter, gate, batches) = behind_gate();
        let processor = calm(exporter).max_queue_size(limit).max_export_batch_size(batch).build().unwrap();
        let drops = processor.drops();
        // None of these waits for the exporter, or the test would not go on.
        end(&processor, 0..5_000);
        gate.entered();
        assert_eq!(drops.count(DropReason::QueueFull), 5_000 - limit as u64);
        gate.open();
        processor.shutdown().unwrap();
        drop(processor);
        assert_eq!(batches.count_all(), limit);
        assert_eq!(drops.total(), 5_000 - limit as u64);
    }
}

#[test]
fn many_threads_together_hold_no_more() {
    let (exporter, gate, batches) = behind_gate();
    let processor = calm(exporter).max_queue_size(1_000).build().unwrap();
    let drops = processor.drops();
    thread::scope(|scope| {
        for thread in 0..8 {
            let processor = &processor;
            scope.spawn(move || end(processor, (0..10_000).map(|number| thread * 10_000 + number)));
        }
    });
    gate.entered();
    assert_eq!(drops.count(DropReason::QueueFull), 79_000);
    gate.open();
    processor.shutdown().unwrap();
    drop(processor);
    assert_eq!(batches.count_all(), 1_000);
    assert_eq!(drops.total(), 79_000);
}

#[test]
fn room_is_given_back_when_an_export_is_over() {
    let (exporter, gate, batches) = behind_gate();
    let processor = calm(exporter).max_queue_size(10).build().unwrap();
    end(&processor, 0..20);
    gate.open();
    for round in 0..100 {
        processor.force_flush().unwrap();
        end(&processor, (0..10).map(|number| round * 10 + number));
    }
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 10);
    drop(processor);
    assert_eq!(batches.count_all(), 1_010);
}

#[test]
fn of_a_million_spans_at_once_each_is_exported_or_counted() {
    let (sender, sizes) = std::sync::mpsc::channel();
    let exporter = Calling(move |batch: Vec<_>| {
        sender.send(batch.len()).unwrap();
        Ok(())
    });
    let processor = calm(exporter).schedule_delay(Duration::from_millis(1)).build().unwrap();
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| end(&processor, 0..100_000));
        }
    });
    processor.shutdown().unwrap();
    let arrived: usize = sizes.try_iter().sum();
    assert_eq!(arrived as u64 + processor.drops().total(), 1_000_000);
    assert_eq!(processor.drops().count(DropReason::QueueFull), processor.drops().total());
}

#[test]
fn tiny_queues_under_many_threads_lose_nothing_uncounted_and_do_not_stall() {
    for limit in 1..5 {
        let (exporter, gate, batches) = behind_gate();
        gate.open();
        let processor = calm(exporter).max_queue_size(limit).build().unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| end(&processor, 0..2_000));
            }
        });
        // Whatever the threads left is exported without a flush: the queue is at least half full, or empty enough.
        let mut fits = false;
        for number in 0..1_000_000 {
            let before = processor.drops().total();
            processor.on_end(span(number));
            fits = processor.drops().total() == before;
            if fits {
                break;
            }
            thread::yield_now();
        }
        assert!(fits, "{processor:?}");
        processor.shutdown().unwrap();
        let lost = processor.drops().total();
        drop(processor);
        assert!(batches.count_all() as u64 + lost >= 16_001);
    }
}
