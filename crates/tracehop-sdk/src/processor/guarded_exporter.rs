//! The exporter, called so that nothing it does ends the thread.

#[cfg(feature = "otlp")]
use std::any::{Any, TypeId};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::block_on::block_on_until;
use super::chunk::Form;
use super::deadline::Deadline;
use super::failure::Failure;
#[cfg(feature = "otlp")]
use crate::otlp::{EncodedSpans, Loss, OtlpExporter};

pub(super) type Around = Box<dyn Fn(&mut dyn FnMut()) + Send>;

/// An exporter whose panics are caught, whose futures have a deadline, and which makes no telemetry of its own.
pub(super) struct GuardedExporter<E> {
    exporter: E,
    around: Option<Around>,
}

impl<E: SpanExporter + 'static> GuardedExporter<E> {
    pub(super) fn new(exporter: E, around: Option<Around>) -> Self {
        Self { exporter, around }
    }

    /// Exports a batch. If the future is not ready by the deadline, it is dropped.
    pub(super) fn export(
        &mut self,
        batch: Vec<SpanData>,
        deadline: impl Fn() -> Deadline,
    ) -> Result<(), TimedOutOr> {
        let export = |exporter: &mut E| block_on_until(exporter.export(batch), deadline);
        match self.call(export).map_err(TimedOutOr::Failure)? {
            Some(result) => Failure::check(result).map_err(TimedOutOr::Failure),
            None => Err(TimedOutOr::TimedOut),
        }
    }

    /// How spans wait for this exporter.
    pub(super) fn form() -> Form {
        #[cfg(feature = "otlp")]
        if TypeId::of::<E>() == TypeId::of::<OtlpExporter>() {
            return Form::Encoded;
        }
        Form::Spans
    }

    /// Exports spans that were encoded for an [`OtlpExporter`], which blocks and has a deadline of its own. Answers how many of
    /// them were lost, and why.
    #[cfg(feature = "otlp")]
    pub(super) fn export_encoded(&mut self, batch: &[EncodedSpans]) -> Result<(), Vec<(usize, Failure)>> {
        let all = || batch.iter().map(EncodedSpans::spans).sum();
        let export = |exporter: &mut E| {
            let exporter = (exporter as &dyn Any).downcast_ref::<OtlpExporter>();
            exporter.map(|exporter| exporter.export_encoded(batch))
        };
        match self.call(export) {
            Ok(Some(Ok(()))) => Ok(()),
            Ok(Some(Err(losses))) => {
                let of = |loss: Loss| (loss.spans, Failure::of_loss(loss.reason, loss.error));
                Err(losses.into_iter().map(of).collect())
            }
            // There is no other exporter whose spans are encoded.
            Ok(None) => Err(vec![(all(), Failure::Failed("spans of another exporter".into()))]),
            Err(failure) => Err(vec![(all(), failure)]),
        }
    }

    pub(super) fn force_flush(&mut self) -> Result<(), Failure> {
        Failure::check(self.call(|exporter| exporter.force_flush())?)
    }

    pub(super) fn shut_down(&mut self, timeout: Duration) -> Result<(), Failure> {
        Failure::check(self.call(|exporter| exporter.shutdown_with_timeout(timeout))?)
    }

    pub(super) fn set_resource(&mut self, resource: &Resource) -> Result<(), Failure> {
        self.call(|exporter| exporter.set_resource(resource))
    }

    /// Drops the exporter, which some do only inside of a runtime.
    pub(super) fn dispose(self) -> Result<(), Failure> {
        let Self { exporter, around } = self;
        GuardedExporter { exporter: Some(exporter), around }.call(|exporter| drop(exporter.take()))
    }
}

/// Why an export was not successful.
pub(super) enum TimedOutOr {
    /// The future was dropped at the deadline.
    TimedOut,
    Failure(Failure),
}

impl<E> GuardedExporter<E> {
    fn call<T>(&mut self, call: impl FnOnce(&mut E) -> T) -> Result<T, Failure> {
        let Self { exporter, around } = self;
        let mut call = Some(call);
        let mut answer = None;
        let mut work = || {
            if let Some(call) = call.take() {
                answer = Some(call(exporter));
            }
        };
        // An exporter that was interrupted by its own panic is asked again, as after an error.
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            match around {
                Some(around) => around(&mut work),
                None => work(),
            }
        }));
        match (answer, caught) {
            (Some(answer), _) => Ok(answer),
            (None, Err(payload)) => Err(Failure::panicked(&*payload)),
            (None, Ok(())) => Err(Failure::Failed("around_exporter did not call what it was given".into())),
        }
    }
}
