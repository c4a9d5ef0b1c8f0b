//! The spans of several publishes that are one call.

use std::fmt::Display;

use async_nats::HeaderMap;
use tracehop::{BatchSend, Failure, MessageSpan};

use crate::subject::is_internal;
use crate::system::Nats;
use crate::tracer::NatsTracer;

/// The span of a call that publishes several messages, and of each of them.
pub(crate) struct PublishBatch<'a> {
    tracer: &'a NatsTracer,
    batch: BatchSend<Nats>,
    /// The places of the messages to the server itself. They are no part of what the spans tell.
    internal: Vec<usize>,
}

impl<'a> PublishBatch<'a> {
    /// Starts the span of the call that publishes to these subjects.
    pub(crate) fn start<'s>(tracer: &'a NatsTracer, subjects: impl IntoIterator<Item = &'s str>) -> Self {
        Self { tracer, batch: tracer.start_batch(subjects), internal: Vec::new() }
    }

    /// Starts the span of the message in this place, and writes its context into the headers.
    pub(crate) fn add(
        &mut self,
        place: usize,
        subject: &str,
        headers: &mut Option<HeaderMap>,
        payload: usize,
    ) -> MessageSpan {
        if is_internal(subject) {
            self.internal.push(place);
        }
        self.tracer.add(&mut self.batch, subject, headers, payload)
    }

    /// Takes down what became of the message in this place, whose own span is ended by whoever has it.
    pub(crate) fn done<T, E: Display + 'static>(&mut self, place: usize, result: &Result<T, E>) {
        if let Err(error) = result
            && !self.internal.contains(&place)
        {
            self.batch.message_failed(place, Failure::of(error));
        }
    }

    /// Ends the span of the call.
    pub(crate) fn end(self) {
        self.batch.end();
    }
}
