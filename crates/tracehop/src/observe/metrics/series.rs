//! One set of attributes, and what was counted under it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, Value};

use super::instruments::{Instruments, QueueInstruments};
use super::recorder::Recorder;
use crate::message::OperationKind;
use crate::observe::Failed;
use crate::propagation::{Problem, Problems, PropagationOutcome};
use crate::semconv;

/// How many values of `error.type` a series keeps apart.
const MAX_ERROR_TYPES: usize = 32;

/// How many partitions of a destination have series of their own.
const MAX_PARTITIONS: usize = 1000;

/// One set of attributes of one kind of operation, and what was counted under it since it was told last.
pub(crate) struct Series {
    kind: OperationKind,
    instruments: Arc<Instruments>,
    /// Without the operation's type.
    attributes: Vec<KeyValue>,
    duration: Recorder<f64>,
    queue: Option<Queue>,
    /// Sent or consumed, without those that failed.
    messages: AtomicU64,
    skewed: AtomicU64,
    contexts: [AtomicU64; PropagationOutcome::ALL.len()],
    problems: [AtomicU64; Problem::ALL.len()],
    /// Messages that could not be sent, by `error.type`.
    failed: Mutex<HashMap<Cow<'static, str>, u64>>,
    /// `None` if partitions are not told apart.
    partitions: Option<Mutex<HashMap<String, Arc<Series>>>>,
}

struct Queue {
    time: Recorder<f64>,
    attempts: Recorder<u64>,
}

impl Series {
    pub(super) fn new(
        kind: OperationKind,
        instruments: &Arc<Instruments>,
        attributes: Vec<KeyValue>,
        has_partitions: bool,
    ) -> Self {
        let duration = match kind {
            OperationKind::Process => {
                Recorder::new(&instruments.process_duration, attributes.clone(), instruments)
            }
            _ => Recorder::new(&instruments.operation_duration, with_type(&attributes, kind), instruments),
        };
        let queue = instruments.queue.as_ref().filter(|_| kind == OperationKind::Receive);
        let queue = queue.map(|QueueInstruments { time, attempts, .. }| Queue {
            time: Recorder::new(time, attributes.clone(), instruments),
            attempts: Recorder::new(attempts, attributes.clone(), instruments),
        });
        Self {
            kind,
            instruments: Arc::clone(instruments),
            attributes,
            duration,
            queue,
            messages: AtomicU64::new(0),
            skewed: AtomicU64::new(0),
            contexts: Default::default(),
            problems: Default::default(),
            failed: Mutex::default(),
            partitions: has_partitions.then(Mutex::default),
        }
    }

    /// Whether it wants to know the partition of each message.
    #[inline]
    pub(crate) fn asks_for_partitions(&self) -> bool {
        self.partitions.is_some()
    }

    /// The series of one partition. It is this one if partitions are not told apart, or if there are too many.
    pub(crate) fn of_partition(self: &Arc<Self>, partition: &Value) -> Arc<Self> {
        let Some(partitions) = &self.partitions else { return Arc::clone(self) };
        let mut partitions = partitions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = partitions.get(&*partition.as_str()) {
            return Arc::clone(series);
        }
        if partitions.len() >= MAX_PARTITIONS {
            return Arc::clone(self);
        }
        let key = semconv::MESSAGING_DESTINATION_PARTITION_ID;
        let attributes = with(&self.attributes, KeyValue::new(key, partition.clone()));
        let series = Arc::new(Self::new(self.kind, &self.instruments, attributes, false));
        partitions.insert(partition.to_string(), Arc::clone(&series));
        series
    }

    /// An operation has ended.
    #[inline]
    pub(super) fn ended(&self, duration: Duration, messages: u32, failed: Option<&Failed>) {
        if let Some(failed) = failed {
            return self.failed(duration, messages, failed);
        }
        self.duration.record(duration.as_secs_f64());
        if self.kind == OperationKind::Send {
            self.messages.fetch_add(messages.into(), Ordering::Relaxed);
        }
    }

    /// Messages of a batch were sent, or not.
    pub(super) fn sent(&self, messages: u32, failed: Option<&Failed>) {
        match failed {
            None => {
                self.messages.fetch_add(messages.into(), Ordering::Relaxed);
            }
            Some(failed) => {
                self.count_failed(messages, failed);
            }
        }
    }

    #[cold]
    fn failed(&self, duration: Duration, messages: u32, failed: &Failed) {
        let error_type = self.count_failed(messages, failed);
        let error = KeyValue::new(semconv::ERROR_TYPE, error_type);
        match self.kind {
            OperationKind::Process => {
                let attributes = with(&self.attributes, error);
                self.instruments.process_duration.record(duration.as_secs_f64(), &attributes);
            }
            kind => {
                let attributes = with(&with_type(&self.attributes, kind), error);
                self.instruments.operation_duration.record(duration.as_secs_f64(), &attributes);
            }
        }
    }

    /// Counts the messages of a failed operation, and says under which `error.type`.
    fn count_failed(&self, messages: u32, Failed { error_type, .. }: &Failed) -> Cow<'static, str> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = failed.contains_key(error_type) || failed.len() < MAX_ERROR_TYPES;
        let error_type = if is_known { error_type.clone() } else { Cow::Borrowed(semconv::ERROR_TYPE_OTHER) };
        *failed.entry(error_type.clone()).or_default() += u64::from(messages);
        error_type
    }

    /// What became of the context of a message that was sent or received, and what was wrong with its headers.
    #[inline]
    pub(crate) fn propagated(&self, outcome: PropagationOutcome, problems: Problems) {
        if let Some(count) = self.contexts.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        // Nearly all have none, and looking at each kind takes longer than the rest.
        if problems.is_empty() {
            return;
        }
        for problem in problems.iter() {
            if let Some(count) = self.problems.get(problem as usize) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// A message was delivered to the application.
    #[inline]
    pub(crate) fn consumed(&self) {
        self.messages.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it wants to know when a message was sent.
    #[inline]
    pub(crate) fn asks_for_queue_times(&self) -> bool {
        self.queue.is_some()
    }

    /// How long a message that is delivered `now` was in its queue, and how often it was delivered.
    pub(crate) fn queued(&self, sent_at: Option<SystemTime>, now: SystemTime, attempt: Option<u64>) {
        let Some(queue) = &self.queue else { return };
        match sent_at.map(|sent_at| now.duration_since(sent_at)) {
            Some(Ok(time)) => queue.time.record(time.as_secs_f64()),
            Some(Err(_)) => {
                self.skewed.fetch_add(1, Ordering::Relaxed);
            }
            None => {}
        }
        if let Some(attempt) = attempt {
            queue.attempts.record(attempt);
        }
    }

    /// Tells the counters what was counted since it was told last.
    pub(super) fn tell(&self) {
        let Instruments { sent, consumed, contexts, problems, queue, .. } = &*self.instruments;
        let told = |counter: &Counter<u64>, count: &AtomicU64, more: Option<KeyValue>| {
            let count = count.swap(0, Ordering::Relaxed);
            match more {
                _ if count == 0 => {}
                None => counter.add(count, &self.attributes),
                Some(more) => counter.add(count, &with(&self.attributes, more)),
            }
        };
        match self.kind {
            OperationKind::Send => told(sent, &self.messages, None),
            OperationKind::Receive => told(consumed, &self.messages, None),
            _ => {}
        }
        for (outcome, count) in PropagationOutcome::ALL.into_iter().zip(&self.contexts) {
            let outcome = KeyValue::new(semconv::TRACEHOP_PROPAGATION_OUTCOME, outcome.as_str());
            told(contexts, count, Some(outcome));
        }
        for (problem, count) in Problem::ALL.into_iter().zip(&self.problems) {
            told(problems, count, Some(KeyValue::new(semconv::TRACEHOP_PROBLEM, problem.as_str())));
        }
        if let Some(queue) = queue {
            told(&queue.skewed, &self.skewed, None);
        }
        let failed: Vec<(Cow<'static, str>, u64)> = {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            // The names stay: they are those that are kept apart.
            failed.iter_mut().map(|(name, count)| (name.clone(), std::mem::take(count))).collect()
        };
        for (error_type, count) in failed {
            if count > 0 && self.kind == OperationKind::Send {
                sent.add(count, &with(&self.attributes, KeyValue::new(semconv::ERROR_TYPE, error_type)));
            }
        }
        if let Some(partitions) = &self.partitions {
            let partitions: Vec<Arc<Self>> =
                partitions.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
            for partition in partitions {
                partition.tell();
            }
        }
    }
}

fn with(attributes: &[KeyValue], more: KeyValue) -> Vec<KeyValue> {
    let mut all = Vec::with_capacity(attributes.len() + 1);
    all.extend_from_slice(attributes);
    all.push(more);
    all
}

fn with_type(attributes: &[KeyValue], kind: OperationKind) -> Vec<KeyValue> {
    with(attributes, KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, kind.as_str()))
}
