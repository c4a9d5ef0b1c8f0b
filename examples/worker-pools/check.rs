//! Stops a consumer while it handles an order, starts it again, and looks whether anything is missing.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use anyhow::{Context, ensure};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::FutureRecord;
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::time::timeout;
use tracehop_testing::SpanRecorder;

use crate::cluster::Cluster;
use crate::shape::Shape;
use crate::shop::{PARTITIONS, Shop, number};

const ORDERS: usize = 300;
/// Longer than any of this takes.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) async fn run(shape: Shape, cluster: &Cluster) -> anyhow::Result<()> {
    let checked = async {
        let spans = SpanRecorder::new();
        let shop = cluster.shop(shape, &spans.messaging_tracer());
        place_orders(&shop).await?;
        consume_until(shape, &shop, shop.hangs()).await?;
        consume_until(shape, &shop, shop.has_handled(ORDERS)).await?;
        let handled = shop.times_handled();
        ensure!(handled.keys().copied().eq(0..ORDERS), "orders are missing: {:?}", handled.keys());
        let buried = dead_letters(cluster, &shop).await?;
        let again = handled.values().filter(|times| **times > 1).count();
        // Sends, handlers and dead letters of an order are in its trace, also across the restart.
        let traces: HashSet<_> = spans.finished().iter().map(|span| span.span_context.trace_id()).collect();
        ensure!(traces.len() == ORDERS, "{} orders are in {} traces", ORDERS, traces.len());
        println!(
            "{:>15}: {ORDERS} orders, {buried} of them dead letters, {again} handled twice: passed",
            shape.name()
        );
        Ok(())
    };
    checked.await.with_context(|| format!("{}: failed", shape.name()))
}

async fn place_orders(shop: &Shop) -> anyhow::Result<()> {
    let producer = &shop.producer()?;
    let sends = (0..ORDERS).map(|order| async move {
        let (key, payload) = (format!("customer-{}", order % 10), order.to_string());
        let record = FutureRecord::to(&shop.orders).key(&key).payload(&payload);
        producer.send(record, DEADLINE).await.map(drop).map_err(|(error, _)| error)
    });
    futures::future::try_join_all(sends).await?;
    Ok(())
}

/// Runs a consumer until something has happened, and drops it then with whatever it is doing.
async fn consume_until(shape: Shape, shop: &Shop, happened: impl Future<Output = ()>) -> anyhow::Result<()> {
    let consuming = async {
        tokio::select! {
            ended = shape.consume(shop) => ended.and_then(|()| anyhow::bail!("the consumer ended")),
            () = happened => Ok(()),
        }
    };
    timeout(DEADLINE, consuming).await.with_context(|| {
        let handled = shop.times_handled();
        let missing: Vec<_> = (0..ORDERS).filter(|order| !handled.contains_key(order)).collect();
        format!("in time {} orders were handled, and not {missing:?}", handled.len())
    })?
}

/// Waits for the dead letter of each order that could not be handled. How many orders that were.
async fn dead_letters(cluster: &Cluster, shop: &Shop) -> anyhow::Result<usize> {
    let consumer: StreamConsumer = cluster.config().set("group.id", &shop.dead_letters).create()?;
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        all.add_partition_offset(&shop.dead_letters, partition, Offset::Beginning)?;
    }
    consumer.assign(&all)?;
    let expected: BTreeSet<usize> = (0..ORDERS).filter(|order| !Shop::can_handle(*order)).collect();
    let mut found = BTreeSet::new();
    while found.len() < expected.len() {
        let message = timeout(DEADLINE, consumer.recv()).await.context("dead letters are missing")??;
        let order = number(message.payload())?;
        ensure!(expected.contains(&order), "order {order} is no dead letter");
        found.insert(order);
    }
    Ok(found.len())
}
