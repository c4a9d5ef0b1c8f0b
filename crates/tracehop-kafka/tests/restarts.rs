//! Consumers that are gone in the middle of their work, built from the loops that the documentation shows.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures::TryStreamExt;
use futures::future::join_all;
use rdkafka::ClientConfig;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::FutureRecord;
use support::{DEADLINE, Fixture, next};
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinHandle};
use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};

const ORDERS: usize = 100;
/// This order cannot be handled.
const BROKEN: usize = 5;
/// The first consumer is gone while it handles this one.
const LAST: usize = 20;

/// Which orders a consumer handled.
#[derive(Default)]
struct Handled {
    all: Mutex<BTreeSet<usize>>,
    more: Notify,
}

impl Handled {
    async fn handle(&self, payload: Option<&[u8]>, hangs: bool) -> Result<(), String> {
        let number: usize = std::str::from_utf8(payload.unwrap()).unwrap().parse().unwrap();
        if hangs && number == LAST {
            pending::<()>().await;
        }
        // Those that came later may be done earlier.
        if number.is_multiple_of(2) {
            tokio::task::yield_now().await;
        }
        self.all.lock().unwrap().insert(number);
        self.more.notify_one();
        if number == BROKEN { Err("no such item".to_owned()) } else { Ok(()) }
    }

    /// Runs a consumer until so many orders were handled, and drops it then with whatever it is doing.
    async fn until(
        &self,
        enough: impl Fn(&BTreeSet<usize>) -> bool,
        consuming: impl Future<Output = anyhow::Result<()>>,
    ) {
        let enough = async {
            while !enough(&self.all.lock().unwrap()) {
                self.more.notified().await;
            }
        };
        let running = async {
            tokio::select! {
                ended = consuming => ended.unwrap(),
                () = enough => {}
            }
        };
        tokio::time::timeout(DEADLINE, running).await.unwrap();
    }
}

/// A task that is gone with whoever waits for it, as in a process that is killed.
struct Aborting<T>(JoinHandle<T>);

impl<T> Future for Aborting<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(task)
    }
}

impl<T> Drop for Aborting<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the loops need.
struct Shop<'a> {
    test: &'a Fixture,
    producer: &'a TracedFutureProducer,
    handled: &'a Arc<Handled>,
    hangs: bool,
}

#[derive(Clone, Copy)]
enum Loop {
    OneAfterTheOther,
    SeveralAtOnce,
    SeveralTasks,
}

impl Shop<'_> {
    async fn run(&self, consume: Loop) -> anyhow::Result<()> {
        match consume {
            Loop::OneAfterTheOther => self.one_after_the_other().await,
            Loop::SeveralAtOnce => self.several_at_once().await,
            Loop::SeveralTasks => self.several_tasks().await,
        }
    }

    fn consumer(&self, config: &mut ClientConfig) -> TracedStreamConsumer {
        config.set("group.id", "billing").set("auto.offset.reset", "earliest");
        config.set("enable.auto.offset.store", "false");
        // The embedded broker lets nobody join for a second less than this after a member left.
        config.set("session.timeout.ms", "2000").set("heartbeat.interval.ms", "100");
        let consumer: TracedStreamConsumer = config.create().unwrap();
        let consumer = consumer.with_tracer(&self.test.tracer);
        consumer.subscribe(&["orders"]).unwrap();
        consumer
    }

    /// The loop of the crate's front page.
    async fn one_after_the_other(&self) -> anyhow::Result<()> {
        let consumer = self.consumer(&mut self.test.config());
        loop {
            let order = consumer.recv().await?;
            let handled = self.handled.handle(order.payload(), self.hangs);
            order.process_or(handled, |error| self.producer.forward(&order, "shipments", error)).await?;
            consumer.store_offset_from_message(&order)?;
        }
    }

    /// The loop of the section on concurrency.
    async fn several_at_once(&self) -> anyhow::Result<()> {
        let consumer = self.consumer(&mut self.test.config());
        let orders = consumer.stream().map_ok(|order| async {
            let handled = self.handled.handle(order.payload(), self.hangs);
            order.process_or(handled, |error| self.producer.forward(&order, "shipments", error)).await?;
            Ok(order)
        });
        let mut handled = orders.try_buffered(16);
        while let Some(order) = handled.try_next().await? {
            consumer.store_offset_from_message(&order)?;
        }
        Ok(())
    }

    /// Tasks of their own, as in the section on tasks, whose offsets are stored in order.
    async fn several_tasks(&self) -> anyhow::Result<()> {
        let consumer = self.consumer(&mut self.test.config());
        let orders = consumer.stream().map_err(anyhow::Error::from).map_ok(|order| {
            let (shop, producer) = (Arc::clone(self.handled), self.producer.clone());
            let hangs = self.hangs;
            let handler = order.detach().process_owned(move |order| async move {
                if let Err(error) = shop.handle(order.payload(), hangs).await {
                    producer.forward(&order, "shipments", error).await?;
                }
                Ok::<_, KafkaError>(order)
            });
            let task = Aborting(tokio::spawn(handler));
            async { Ok(task.await??) }
        });
        let mut handled = orders.try_buffered(16);
        while let Some(order) = handled.try_next().await? {
            consumer.store_offset_from_received(&order)?;
        }
        Ok(())
    }
}

async fn send_orders(producer: &TracedFutureProducer) {
    let sends = (0..ORDERS).map(|number| async move {
        let record = FutureRecord::<str, str>::to("orders");
        producer.send(record.payload(&number.to_string()), DEADLINE).await.unwrap();
    });
    join_all(sends).await;
}

/// Which orders a first consumer handled, which hangs in order `LAST` and is gone then, and which a second one.
async fn restart(test: &Fixture, consume: Loop, before_it_hangs: usize) -> [BTreeSet<usize>; 2] {
    let producer = &test.producer();
    send_orders(producer).await;
    let first = Arc::new(Handled::default());
    let shop = Shop { test, producer, handled: &first, hangs: true };
    first.until(|handled| handled.len() == before_it_hangs, shop.run(consume)).await;
    let second = Arc::new(Handled::default());
    let shop = Shop { test, producer, handled: &second, hangs: false };
    second.until(|handled| (LAST..ORDERS).all(|number| handled.contains(&number)), shop.run(consume)).await;

    let dead_letters = test.consumer("shipments");
    let dead_letter = next(&dead_letters).await;
    assert_eq!(dead_letter.payload(), Some(BROKEN.to_string().as_bytes()));
    [first, second].map(|handled| handled.all.lock().unwrap().clone())
}

#[tokio::test]
async fn the_loop_of_the_front_page_loses_no_order_when_its_consumer_is_gone() {
    let [first, second] = restart(&Fixture::new(), Loop::OneAfterTheOther, LAST).await;
    assert!(first.into_iter().eq(0..LAST));
    assert!(second.into_iter().eq(LAST..ORDERS));
}

#[tokio::test]
async fn the_loop_with_several_handlers_loses_no_order_when_its_consumer_is_gone() {
    // Fifteen others run beside the one that hangs.
    let [first, second] = restart(&Fixture::new(), Loop::SeveralAtOnce, LAST + 15).await;
    assert!(first.into_iter().eq((0..LAST).chain(LAST + 1..LAST + 16)));
    // What was done after the one that hung is done again.
    assert!(second.into_iter().eq(LAST..ORDERS));
}

#[tokio::test]
async fn tasks_whose_offsets_are_stored_in_order_lose_none_when_the_consumer_is_gone() {
    let [first, second] = restart(&Fixture::new(), Loop::SeveralTasks, LAST + 15).await;
    assert!(first.into_iter().eq((0..LAST).chain(LAST + 1..LAST + 16)));
    assert!(second.into_iter().eq(LAST..ORDERS));
}
