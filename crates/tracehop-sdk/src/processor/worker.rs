//! The thread that exports.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::otel_error;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::chunk::Chunk;
use super::deadline::Deadline;
use super::failure::Failure;
use super::guarded_exporter::{GuardedExporter, TimedOutOr};
use super::hub::Hub;
use super::inbox::{Order, Tick};
#[cfg(feature = "otlp")]
use crate::otlp::EncodedSpans;

/// Exports what the hub has, until it is shut down.
pub(super) struct Worker<E> {
    hub: Arc<Hub>,
    exporter: GuardedExporter<E>,
}

impl<E: SpanExporter + 'static> Worker<E> {
    pub(super) fn new(hub: Arc<Hub>, exporter: GuardedExporter<E>) -> Self {
        Self { hub, exporter }
    }

    /// The whole life of the thread. However it ends, nobody waits for it afterwards and no span is lost uncounted.
    pub(super) fn run(self) {
        let hub = Arc::clone(&self.hub);
        let caught = catch_unwind(AssertUnwindSafe(|| self.work()));
        let result = caught.unwrap_or_else(|payload| {
            let failure = Failure::panicked(&*payload);
            hub.abandon(&failure);
            Err(failure)
        });
        hub.inbox.finish(result);
    }

    fn work(mut self) -> Result<(), Failure> {
        let interval = self.hub.config.schedule_delay;
        let mut tick = Tick { at: Deadline::after(interval), again: false };
        let mut vain = false;
        loop {
            let order = self.hub.inbox.next(tick, vain, || self.hub.is_crowded());
            tick.again = matches!(order, Order::Tick);
            match order {
                Order::Export(chunks) => {
                    // A failure is counted, and is nothing that this thread could do better about.
                    let _counted = self.export(chunks);
                    vain = false;
                }
                Order::Sweep => vain = !self.hub.sweep(),
                Order::Tick => {
                    vain = !self.hub.sweep();
                    self.hub.reporter.report();
                    tick.at = Deadline::after(interval);
                }
                Order::Flush(number) => self.flush(number),
                Order::ShutDown(deadline) => return self.shut_down(deadline),
            }
        }
    }

    /// Exports a batch, and keeps the books of it.
    fn export(&mut self, chunks: Vec<Chunk>) -> Result<(), Failure> {
        self.pass_resource_on();
        let spans = chunks.iter().map(Chunk::len).sum();
        let timeout = self.hub.config.export_timeout;
        let allowed = Deadline::after(timeout);
        let inbox = &self.hub.inbox;
        let result = match Batch::of(chunks) {
            Batch::Spans(batch) => {
                let result = self.exporter.export(batch, || allowed.sooner(inbox.shutdown_deadline()));
                result.map_err(|error| {
                    let failure = match error {
                        TimedOutOr::Failure(failure) => failure,
                        TimedOutOr::TimedOut if allowed.passed() => Failure::TimedOut(timeout),
                        TimedOutOr::TimedOut => Failure::CutShort,
                    };
                    vec![(spans, failure)]
                })
            }
            #[cfg(feature = "otlp")]
            Batch::Encoded(batch) => {
                let result = self.exporter.export_encoded(&batch);
                for spans in batch {
                    inbox.give_back(Chunk::Encoded(spans.emptied()));
                }
                result
            }
        };
        let mut losses = result.err().unwrap_or_default();
        self.hub.exported(spans, &losses);
        losses.pop().map_or(Ok(()), |(_, failure)| Err(failure))
    }

    /// The resource comes before the first span. The exporter gets it on this thread, which owns the exporter.
    fn pass_resource_on(&mut self) {
        if let Some(resource) = self.hub.inbox.take_resource()
            && let Err(failure) = self.exporter.set_resource(&resource)
        {
            otel_error!(name: "ChunkSpanProcessor.SetResourceFailed", error = failure.to_string());
        }
    }

    fn flush(&mut self, number: u64) {
        self.hub.sweep();
        // What ends from now on is not waited for, or a flush might never be over.
        let last = self.hub.inbox.pushed();
        while let Some(chunks) = self.hub.inbox.take(last) {
            // The inbox remembers a failure for those who wait.
            let _noted = self.export(chunks);
        }
        let result = self.exporter.force_flush();
        self.hub.inbox.flushed(number, result.err().as_ref());
    }

    fn shut_down(mut self, deadline: Deadline) -> Result<(), Failure> {
        self.hub.close();
        // An exporter may want to know it even if it gets no span.
        self.pass_resource_on();
        let mut result = Ok(());
        while !deadline.passed()
            && let Some(chunks) = self.hub.inbox.take(u64::MAX)
        {
            result = result.and(self.export(chunks));
        }
        let lost = self.hub.abandon(&Failure::CutShort);
        // An exporter that takes no time limit at all is given the one that the SDK gives.
        let remaining = deadline.remaining().unwrap_or(Duration::from_secs(5));
        result = result.and(self.exporter.shut_down(remaining));
        result = result.and(self.exporter.dispose());
        self.hub.reporter.report();
        if lost { Err(Failure::CutShort) } else { result }
    }
}

/// What is exported at once.
enum Batch {
    Spans(Vec<SpanData>),
    #[cfg(feature = "otlp")]
    Encoded(Vec<EncodedSpans>),
}

impl Batch {
    /// One batch of one or more chunks, which are all of one form. A single chunk is exported as it is.
    fn of(chunks: Vec<Chunk>) -> Self {
        let spans = chunks.iter().map(Chunk::len).sum::<usize>();
        let mut batch = Vec::new();
        #[cfg(feature = "otlp")]
        let mut encoded = Vec::new();
        for chunk in chunks {
            match chunk {
                Chunk::Spans(first) if batch.is_empty() => {
                    batch = first;
                    batch.reserve_exact(spans - batch.len());
                }
                Chunk::Spans(mut next) => batch.append(&mut next),
                #[cfg(feature = "otlp")]
                Chunk::Encoded(next) => encoded.push(next),
            }
        }
        #[cfg(feature = "otlp")]
        if !encoded.is_empty() {
            return Self::Encoded(encoded);
        }
        Self::Spans(batch)
    }
}
