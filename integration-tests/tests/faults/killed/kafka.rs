//! Kafka: the loop of the README, and those of the page for beginners.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _, StreamConsumer};
use rdkafka::message::{Message as _, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};

use super::code::{kafka_in_order, kafka_lanes, kafka_service, readme};
use super::orders::{BROKEN, ORDERS, SLOW, assert_in_trace, number, traceparent};
use super::program::Program;
use super::service::{self, NoSuchItem};
use crate::support::kafka::{bare_consumer, config, create_topic, headers, owned_headers};
use crate::support::{DEADLINE, within};

/// Orders are spread over so many partitions, one after the other.
const PARTITIONS: usize = 4;

/// The orders of a topic, and where they go.
async fn place_orders(program: &Program, partitions: usize) {
    for (topic, partitions) in [("orders", partitions), ("orders.dead", 1), ("shipments", 1)] {
        create_topic(&program.name(topic), i32::try_from(partitions).unwrap()).await;
    }
    let topic = program.name("orders");
    let producer: FutureProducer = config().create().unwrap();
    let orders: Vec<_> = (0..ORDERS).map(|order| (order.to_string(), traceparent(order))).collect();
    let sends = orders.iter().enumerate().map(|(order, (payload, context))| {
        let record = FutureRecord::<str, str>::to(&topic)
            .partition(i32::try_from(order % partitions).unwrap())
            .payload(payload)
            .headers(owned_headers(&[("traceparent", context.clone())]));
        producer.send_result(record).map_err(|(error, _)| error).unwrap()
    });
    let sends: Vec<_> = sends.collect();
    for sent in sends {
        within(sent).await.unwrap().unwrap();
    }
}

/// Waits until an offset is committed in each partition that is no smaller than the expected one, and asserts that it is
/// no larger: everything before it counts as handled.
async fn assert_committed(program: &Program, expected: &[usize]) {
    let group = program.name("shipping");
    let consumer: BaseConsumer = config().set("group.id", &group).create().unwrap();
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_range(&program.name("orders"), 0, i32::try_from(expected.len()).unwrap() - 1);
    let committed = || -> Vec<usize> {
        let offsets = consumer.committed_offsets(partitions.clone(), DEADLINE).unwrap();
        let offset = |offset| match offset {
            Offset::Offset(offset) => usize::try_from(offset).unwrap(),
            _ => 0,
        };
        offsets.elements().iter().map(|partition| offset(partition.offset())).collect()
    };
    let reached = within(async {
        loop {
            let committed = committed();
            if committed.iter().zip(expected).all(|(committed, expected)| committed >= expected) {
                return committed;
            }
            // Nobody is told of it.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert_eq!(reached.await, expected, "what is committed is handled, and nothing else");
}

async fn next(consumer: &StreamConsumer) -> OwnedMessage {
    within(consumer.recv()).await.unwrap().detach()
}

/// The order that cannot be handled is with the dead letters, in its trace and with the reason.
async fn assert_dead_letter(program: &Program) {
    let dead_letters = bare_consumer(&program.name("orders.dead"), &program.name("clerk"));
    let letter = next(&dead_letters).await;
    assert_eq!(number(letter.payload().unwrap()), BROKEN);
    let headers = headers(&letter);
    assert_in_trace(BROKEN, &headers);
    assert!(headers.contains(&("tracehop-reason".to_owned(), NoSuchItem.to_string())), "{headers:?}");
}

/// Each order that can be handled has a shipment, in its trace.
async fn assert_shipments(program: &Program) {
    let shipments = bare_consumer(&program.name("shipments"), &program.name("clerk"));
    let mut missing: BTreeSet<usize> = (0..ORDERS).filter(|order| *order != BROKEN).collect();
    while !missing.is_empty() {
        let shipment = next(&shipments).await;
        let order = number(shipment.payload().unwrap());
        assert_ne!(order, BROKEN);
        assert_in_trace(order, &headers(&shipment));
        missing.remove(&order);
    }
}

/// For code that is given its clients.
fn clients() -> (TracedStreamConsumer, TracedFutureProducer) {
    let mut config = service::administered(ClientConfig::new());
    config.set("enable.auto.offset.store", "false");
    let consumer: TracedStreamConsumer = config.create().unwrap();
    consumer.subscribe(&[service::name("orders")]).unwrap();
    (consumer, config.create().unwrap())
}

/// Kills a service of one partition while it handles an order, and so many after it are handled.
async fn assert_survives(program: &Program, beside: usize) {
    place_orders(program, 1).await;
    let mut first = program.start();
    first.hangs().await;
    first.has_handled((0..SLOW).chain(SLOW + 1..=SLOW + beside)).await;
    assert_committed(program, &[SLOW]).await;
    let mut first = first.kill().await;
    first.sort_unstable();
    assert!(first.into_iter().eq((0..SLOW).chain(SLOW + 1..=SLOW + beside)), "each once");

    let mut second = program.start_with(&[BROKEN], &[]);
    second.has_handled(SLOW..ORDERS).await;
    assert_committed(program, &[ORDERS]).await;
    let mut second = second.kill().await;
    second.sort_unstable();
    assert!(second.into_iter().eq(SLOW..ORDERS), "what was not committed, and no more");
    assert_dead_letter(program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_of_the_readme_loses_no_order_when_it_is_killed() {
    if service::starts_here() {
        return readme::run(service::administered(ClientConfig::new())).await.unwrap();
    }
    let program = Program::of(the_loop_of_the_readme_loses_no_order_when_it_is_killed);
    assert_survives(&program, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_for_beginners_loses_no_order_when_it_is_killed() {
    if service::starts_here() {
        return kafka_service::main().await.unwrap();
    }
    let program = Program::of(the_service_for_beginners_loses_no_order_when_it_is_killed);
    assert_survives(&program, 0).await;
    assert_shipments(&program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_whose_offsets_are_stored_in_order_lose_no_order_when_they_are_killed() {
    if service::starts_here() {
        let (consumer, producer) = clients();
        return kafka_in_order::run(consumer, producer).await.unwrap();
    }
    let program = Program::of(handlers_whose_offsets_are_stored_in_order_lose_no_order_when_they_are_killed);
    assert_survives(&program, 15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_for_groups_of_partitions_keep_the_order_and_lose_none_when_they_are_killed() {
    if service::starts_here() {
        let (consumer, producer) = clients();
        return kafka_lanes::run(consumer, producer).await.unwrap();
    }
    let program =
        Program::of(workers_for_groups_of_partitions_keep_the_order_and_lose_none_when_they_are_killed);
    place_orders(&program, PARTITIONS).await;
    let is_behind = |order: &usize| *order >= SLOW && *order % PARTITIONS == SLOW % PARTITIONS;
    let mut first = program.start();
    first.hangs().await;
    first.has_handled((0..ORDERS).filter(|order| !is_behind(order))).await;
    let each = ORDERS / PARTITIONS;
    let mut committed = [each; PARTITIONS];
    committed[SLOW % PARTITIONS] = SLOW / PARTITIONS;
    assert_committed(&program, &committed).await;
    let first = first.kill().await;
    assert!(!first.iter().any(is_behind), "orders overtook the one before them");
    for partition in 0..PARTITIONS {
        let handled = first.iter().filter(|order| *order % PARTITIONS == partition);
        assert!(handled.is_sorted(), "the order of partition {partition} is kept");
    }

    let mut second = program.start_with(&[BROKEN], &[]);
    second.has_handled((0..ORDERS).filter(is_behind)).await;
    assert_committed(&program, &[each; PARTITIONS]).await;
    let second = second.kill().await;
    assert!(second.into_iter().eq((0..ORDERS).filter(is_behind)), "what was not committed, and no more");
    assert_dead_letter(&program).await;
}
