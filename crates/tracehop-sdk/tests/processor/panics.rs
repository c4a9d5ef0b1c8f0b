//! A panic of the exporter is its own affair.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter, SpanProcessor};
use tracehop_sdk::DropReason;

use crate::exporters::{Calling, calm, end, numbers};

#[derive(Debug)]
struct Panics {
    calls: AtomicUsize,
    exported: Sender<Vec<u64>>,
}

impl SpanExporter for Panics {
    // The first panic comes before there is a future, the second one from the future.
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        assert!(call != 0, "on purpose: an exporter of a test");
        async move {
            assert!(call != 1, "on purpose: a future of a test");
            self.exported.send(numbers(&batch)).unwrap();
            Ok(())
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        assert!(self.calls.load(Ordering::Relaxed) != 3, "on purpose: a flush of a test");
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        panic!("on purpose: a shutdown of a test");
    }

    fn set_resource(&mut self, _resource: &Resource) {
        panic!("on purpose: a resource of a test");
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("on purpose: a destructor of a test");
    }
}

#[test]
fn after_each_panic_of_an_exporter_the_next_batch_is_exported() {
    let (sender, batches) = channel();
    let mut processor = calm(Panics { calls: AtomicUsize::new(0), exported: sender }).build().unwrap();
    processor.set_resource(&Resource::builder_empty().build());
    let drops = processor.drops();
    for lost in 1..=2 {
        end(&processor, [1]);
        let error = processor.force_flush().unwrap_err();
        assert!(error.to_string().contains("the exporter panicked: on purpose: "), "{error}");
        assert_eq!((drops.count(DropReason::ExporterPanicked), drops.total()), (lost, lost));
    }
    end(&processor, [3]);
    let error = processor.force_flush().unwrap_err();
    assert!(error.to_string().contains("a flush of a test"), "{error}");
    assert_eq!(batches.try_recv(), Ok(vec![3]));
    end(&processor, [4]);
    let error = processor.shutdown().unwrap_err();
    assert!(matches!(&error, OTelSdkError::InternalFailure(text) if text.contains("a shutdown of a test")));
    assert_eq!(batches.try_recv(), Ok(vec![4]));
    assert_eq!(drops.total(), 2);
}

#[test]
fn a_hook_around_the_exporter_that_does_not_call_it_loses_the_batch() {
    let exporter = Calling(|_| Ok(()));
    let processor = calm(exporter).around_exporter(|_call| {}).build().unwrap();
    end(&processor, 0..2);
    assert!(processor.force_flush().unwrap_err().to_string().contains("around_exporter"));
    assert_eq!(processor.drops().count(DropReason::ExportFailed), 2);
}

#[test]
fn a_hook_around_the_exporter_that_panics_after_it_loses_nothing() {
    let exporter = Calling(|_| Ok(()));
    let around = |call: &mut dyn FnMut()| {
        call();
        // A second call is no second export.
        call();
        panic!("on purpose: a hook of a test");
    };
    let processor = calm(exporter).around_exporter(around).build().unwrap();
    end(&processor, 0..2);
    processor.force_flush().unwrap();
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 0);
}
