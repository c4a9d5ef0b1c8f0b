//! One message between its send and the broker's answer.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{OwnedHeaders, ToBytes};
use rdkafka::producer::{BaseRecord, FutureRecord};
use rdkafka::util::IntoOpaque;
use tracehop::{AttributeValue, BatchSend, Failure, MessageSpan};

use super::joining::Joining;
use super::shared_producer::{LentProducer, SharedProducer};
use crate::describe::RecordView;
use crate::tracer::KafkaTracer;
use crate::undo::{Undo, UndoableHeaders};
use crate::{Kafka, semconv};

/// The span of a send, and how to take its headers back.
#[derive(Debug)]
pub(super) struct InFlight {
    span: MessageSpan,
    undo: Undo,
    stalls: u32,
    /// The record named its partition, so the span already shows it.
    has_partition: bool,
    /// The span started before the cluster's name was known: whom to ask when the delivery report comes.
    unnamed: Option<(KafkaTracer, Arc<LentProducer>)>,
}

impl InFlight {
    /// Starts the span and writes its context into the record's headers. The transaction is to be told if the client takes the
    /// record.
    pub(super) fn start<P>(
        tracer: &KafkaTracer,
        producer: &SharedProducer<P>,
        record: &mut impl Record,
    ) -> (Self, Joining) {
        Self::start_as(tracer, producer, record, |record, carrier| {
            (tracer.client.send(record, carrier), None)
        })
    }

    /// The same for a record that is sent with others.
    pub(super) fn start_in<P>(
        batch: &mut BatchSend<Kafka>,
        tracer: &KafkaTracer,
        producer: &SharedProducer<P>,
        record: &mut impl Record,
    ) -> (Self, Joining) {
        Self::start_as(tracer, producer, record, |record, carrier| {
            let span = batch.add(record, carrier);
            // Without a span of its own it is the call that is a part of the transaction.
            let is_the_calls = record.transaction.is_some() && !span.span_context().is_valid();
            (span, is_the_calls.then(|| batch.span_context()))
        })
    }

    #[inline]
    fn start_as<P, R: Record>(
        tracer: &KafkaTracer,
        producer: &SharedProducer<P>,
        record: &mut R,
        start: impl FnOnce(&RecordView<'_>, &mut UndoableHeaders<'_>) -> (MessageSpan, Option<SpanContext>),
    ) -> (Self, Joining) {
        let (mut record, headers) = record.parts();
        let transaction = producer.transactions().running();
        record.transaction = transaction.as_deref();
        let mut carrier = UndoableHeaders { headers, undo: Undo::Nothing };
        let (span, of_call) = start(&record, &mut carrier);
        let has_partition = record.partition.is_some();
        let unnamed = (span.is_recording() && !tracer.knows_cluster_id())
            .then(|| (tracer.clone(), Arc::clone(producer.lent())));
        let joining = Joining::new(transaction, || of_call.unwrap_or_else(|| span.span_context()));
        (Self { span, undo: carrier.undo, stalls: 0, has_partition, unnamed }, joining)
    }

    /// The local queue was full, and the send will be tried again: no error, but time the user should understand.
    pub(super) fn stalled(&mut self) {
        self.stalls += 1;
        if self.stalls == 1 {
            self.span.add_event(semconv::TRACEHOP_QUEUE_FULL, Vec::new());
        }
    }

    /// The broker has it.
    pub(super) fn delivered(mut self, partition: i32, offset: i64) {
        if !self.has_partition {
            self.span.set_partition(partition);
        }
        self.span.set_attribute(semconv::MESSAGING_KAFKA_OFFSET, AttributeValue::Int(offset));
        self.name_cluster();
        self.span.end();
    }

    /// It was refused, here or by the broker. The headers become again what the user gave.
    pub(super) fn failed(mut self, error: &KafkaError, headers: &mut Option<OwnedHeaders>) {
        if self.stalls > 0 {
            let count = KeyValue::new(semconv::TRACEHOP_COUNT, i64::from(self.stalls));
            self.span.add_event(semconv::TRACEHOP_STALLS, vec![count]);
        }
        self.undo.undo(headers);
        self.span.fail(Failure::of(error));
    }

    /// It was refused, and its headers are no longer ours to edit.
    pub(super) fn lost(mut self, error: &KafkaError) {
        self.name_cluster();
        self.span.fail(Failure::of(error));
    }

    /// Sets the cluster's name on a span that started without it: the delivery report came, so it may be known by now.
    pub(super) fn name_cluster(&mut self) {
        if let Some((tracer, lent)) = self.unnamed.take()
            && let Some(id) = tracer.cluster_id_at_report(|| lent.find_cluster_id())
        {
            self.span.set_attribute(semconv::MESSAGING_KAFKA_CLUSTER_ID, AttributeValue::Name(id));
        }
    }
}

/// Either of rdkafka's records.
pub(super) trait Record {
    /// What a span shows of it, and its headers to write to.
    fn parts(&mut self) -> (RecordView<'_>, &mut Option<OwnedHeaders>);

    fn view(&self) -> RecordView<'_>;
}

impl<K: ToBytes + ?Sized, P: ToBytes + ?Sized> Record for FutureRecord<'_, K, P> {
    fn parts(&mut self) -> (RecordView<'_>, &mut Option<OwnedHeaders>) {
        (view(self.topic, self.partition, self.key, self.payload), &mut self.headers)
    }

    fn view(&self) -> RecordView<'_> {
        view(self.topic, self.partition, self.key, self.payload)
    }
}

impl<K: ToBytes + ?Sized, P: ToBytes + ?Sized, D: IntoOpaque> Record for BaseRecord<'_, K, P, D> {
    fn parts(&mut self) -> (RecordView<'_>, &mut Option<OwnedHeaders>) {
        (view(self.topic, self.partition, self.key, self.payload), &mut self.headers)
    }

    fn view(&self) -> RecordView<'_> {
        view(self.topic, self.partition, self.key, self.payload)
    }
}

#[inline]
fn view<'r, K: ToBytes + ?Sized, P: ToBytes + ?Sized>(
    topic: &'r str,
    partition: Option<i32>,
    key: Option<&'r K>,
    payload: Option<&P>,
) -> RecordView<'r> {
    RecordView {
        topic,
        partition: partition.filter(|partition| *partition >= 0),
        key: key.map(ToBytes::to_bytes),
        payload: payload.map(|payload| payload.to_bytes().len()),
        transaction: None,
    }
}
