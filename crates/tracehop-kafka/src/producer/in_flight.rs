//! One message between its send and the broker's answer.

use opentelemetry::KeyValue;
use rdkafka::error::KafkaError;
use rdkafka::message::{OwnedHeaders, ToBytes};
use rdkafka::producer::{BaseRecord, FutureRecord};
use rdkafka::util::IntoOpaque;
use tracehop::{AttributeValue, Failure, MessageSpan};

use crate::carrier::{Undo, Undoable};
use crate::describe::{self, KafkaTracer};
use crate::semconv;
use crate::system::error_type;

/// The span of a send, and how to take its headers back.
#[derive(Debug)]
pub(super) struct InFlight {
    span: MessageSpan,
    undo: Undo,
    stalls: u32,
    /// The record named its partition, so the span already shows it.
    has_partition: bool,
}

impl InFlight {
    /// Starts the span and writes its context into the record's headers.
    pub(super) fn start(tracer: &KafkaTracer, record: &mut impl Record) -> Self {
        let Parts { topic, partition, key, payload, headers } = record.parts();
        let info = describe::info(topic, partition, key, payload);
        let mut carrier = Undoable { headers, undo: Undo::Nothing };
        let span = tracer.client.send(&info, &mut carrier);
        Self {
            span,
            undo: carrier.undo,
            stalls: 0,
            has_partition: partition.is_some_and(|partition| partition >= 0),
        }
    }

    /// The local queue was full, and the send will be tried again: no error, but time the user should understand.
    pub(super) fn stalled(&mut self) {
        self.stalls += 1;
        if self.stalls == 1 {
            self.span.add_event("tracehop.queue_full", Vec::new());
        }
    }

    /// The broker has it.
    pub(super) fn delivered(mut self, partition: i32, offset: i64) {
        if !self.has_partition {
            self.span.set_partition(partition);
        }
        self.span.set_attribute(semconv::MESSAGING_KAFKA_OFFSET, AttributeValue::Int(offset));
        self.span.end();
    }

    /// It was refused, here or by the broker. The headers become again what the user gave.
    pub(super) fn failed(mut self, error: &KafkaError, headers: &mut Option<OwnedHeaders>) {
        if self.stalls > 0 {
            self.span
                .add_event("tracehop.stalls", vec![KeyValue::new("tracehop.count", i64::from(self.stalls))]);
        }
        self.undo.undo(headers);
        self.span.fail(Failure::new(error_type(error), error));
    }

    /// It was refused, and its headers are no longer ours to edit.
    pub(super) fn lost(self, error: &KafkaError) {
        self.span.fail(Failure::new(error_type(error), error));
    }
}

/// The parts of a record that a span shows, and its headers to write to.
pub(super) struct Parts<'r> {
    topic: &'r str,
    partition: Option<i32>,
    key: Option<&'r [u8]>,
    payload: Option<usize>,
    headers: &'r mut Option<OwnedHeaders>,
}

/// Either of rdkafka's records.
pub(super) trait Record {
    fn parts(&mut self) -> Parts<'_>;
}

impl<K: ToBytes + ?Sized, P: ToBytes + ?Sized> Record for FutureRecord<'_, K, P> {
    fn parts(&mut self) -> Parts<'_> {
        Parts {
            topic: self.topic,
            partition: self.partition,
            key: self.key.map(ToBytes::to_bytes),
            payload: self.payload.map(|payload| payload.to_bytes().len()),
            headers: &mut self.headers,
        }
    }
}

impl<K: ToBytes + ?Sized, P: ToBytes + ?Sized, D: IntoOpaque> Record for BaseRecord<'_, K, P, D> {
    fn parts(&mut self) -> Parts<'_> {
        Parts {
            topic: self.topic,
            partition: self.partition,
            key: self.key.map(ToBytes::to_bytes),
            payload: self.payload.map(|payload| payload.to_bytes().len()),
            headers: &mut self.headers,
        }
    }
}
