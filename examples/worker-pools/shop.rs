//! What every consumer of orders needs: clients, and a handler.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfig;
use rdkafka::error::KafkaResult;
use tokio::sync::Notify;
use tracehop_kafka::{IntoTraced, Kafka, MessagingTracer, TracedFutureProducer};

/// Of each topic.
pub(crate) const PARTITIONS: i32 = 3;

/// A shop, whose orders are numbers. Clones are of the same shop.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) orders: String,
    pub(crate) dead_letters: String,
    config: ClientConfig,
    tracer: MessagingTracer,
    handled: Arc<Handled>,
}

#[derive(Default)]
struct Handled {
    /// How often each order was handled.
    times: Mutex<BTreeMap<usize, usize>>,
    more: Notify,
    has_hung: AtomicBool,
    hangs: Notify,
}

/// When this order is handled for the first time it takes long: those after it are done before it where several are handled
/// at once.
const HANGS: usize = 100;
const LONG: Duration = Duration::from_secs(1);

/// Why an order could not be handled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OrderError {
    NotANumber,
    NoSuchItem,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "the order is not a number",
            Self::NoSuchItem => "there is no such item",
        })
    }
}

impl Error for OrderError {}

impl Shop {
    /// Every twentieth order is for something that is not sold.
    pub(crate) fn can_handle(order: usize) -> bool {
        order % 20 != 7
    }

    pub(crate) fn new(config: ClientConfig, topics: [String; 2], tracer: &MessagingTracer) -> Self {
        let [orders, dead_letters] = topics;
        Self { orders, dead_letters, config, tracer: tracer.clone(), handled: Arc::default() }
    }

    pub(crate) fn producer(&self) -> KafkaResult<TracedFutureProducer> {
        Ok(self.config.create::<TracedFutureProducer>()?.with_tracer(&self.tracer))
    }

    /// A member of the shop's group.
    pub(crate) fn consumer<T>(&self) -> KafkaResult<T>
    where
        T: FromClientConfig + IntoTraced<Kafka, Traced = T>,
    {
        let mut config = self.config.clone();
        config.set("group.id", &self.orders).set("auto.offset.reset", "earliest");
        // librdkafka commits every few seconds, and when the consumer is dropped, what the shapes store, and nothing else.
        config.set("enable.auto.offset.store", "false");
        Ok(config.create::<T>()?.traced(&self.tracer))
    }

    /// The handler.
    pub(crate) async fn handle(&self, payload: Option<&[u8]>) -> Result<(), OrderError> {
        let order = number(payload)?;
        tokio::time::sleep(self.time_to_handle(order)).await;
        self.finish(order)
    }

    /// The same for a thread of its own.
    pub(crate) fn handle_blocking(&self, payload: Option<&[u8]>) -> Result<(), OrderError> {
        let order = number(payload)?;
        std::thread::sleep(self.time_to_handle(order));
        self.finish(order)
    }

    fn time_to_handle(&self, order: usize) -> Duration {
        if order != HANGS || self.handled.has_hung.swap(true, Ordering::Relaxed) {
            return Duration::from_millis(u64::from(order.is_multiple_of(5)));
        }
        self.handled.hangs.notify_one();
        LONG
    }

    fn finish(&self, order: usize) -> Result<(), OrderError> {
        let mut times = self.handled.times.lock().unwrap_or_else(PoisonError::into_inner);
        *times.entry(order).or_default() += 1;
        self.handled.more.notify_one();
        if Self::can_handle(order) { Ok(()) } else { Err(OrderError::NoSuchItem) }
    }

    /// Returns while an order hangs, and others were handled meanwhile.
    pub(crate) async fn hangs(&self) {
        self.handled.hangs.notified().await;
        tokio::time::sleep(LONG / 4).await;
    }

    /// Returns when so many different orders were handled.
    pub(crate) async fn has_handled(&self, orders: usize) {
        while self.times_handled().len() < orders {
            self.handled.more.notified().await;
        }
    }

    /// How often each order was handled.
    pub(crate) fn times_handled(&self) -> BTreeMap<usize, usize> {
        self.handled.times.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) fn number(payload: Option<&[u8]>) -> Result<usize, OrderError> {
    let text = payload.and_then(|payload| std::str::from_utf8(payload).ok());
    text.and_then(|text| text.parse().ok()).ok_or(OrderError::NotANumber)
}
