//! The exporter, called so that nothing it does ends the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::block_on::block_on_until;
use super::deadline::Deadline;
use super::failure::Failure;

pub(super) type Around = Box<dyn Fn(&mut dyn FnMut()) + Send>;

/// An exporter whose panics are caught, whose futures have a deadline, and which makes no telemetry of its own.
pub(super) struct GuardedExporter<E> {
    exporter: E,
    around: Option<Around>,
}

impl<E: SpanExporter> GuardedExporter<E> {
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
