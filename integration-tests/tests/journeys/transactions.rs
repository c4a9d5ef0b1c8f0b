//! Consume, transform, produce: all of it or nothing.

use opentelemetry_sdk::trace::SpanData;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::Message as _;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};
use tracehop::IntoTraced as _;
use tracehop_kafka::{TracedFutureProducer, TracedMessage, TracedStreamConsumer};
use tracehop_testing::TraceTree;

use crate::support::{Bench, DEADLINE, attribute, kafka, within};

/// A service that turns orders into invoices.
struct Billing {
    consumer: TracedStreamConsumer,
    producer: TracedFutureProducer,
    invoices: String,
}

impl Billing {
    fn new(bench: &Bench, orders: &str, invoices: &str) -> Self {
        let consumer = kafka::consumer(orders, &bench.name("billing"), &bench.tracer);
        let producer: FutureProducer =
            kafka::config().set("transactional.id", bench.name("billing")).create().unwrap();
        let producer = producer.traced(&bench.tracer);
        producer.init_transactions(DEADLINE).unwrap();
        Self { consumer, producer, invoices: invoices.to_owned() }
    }

    /// Handles one order inside a transaction, which is committed or else aborted.
    async fn bill(&self, order: &TracedMessage<'_>, commit: bool) -> Result<(), &'static str> {
        let handled = order.process(async {
            self.producer.begin_transaction().unwrap();
            let text = kafka::text(&**order);
            let record = FutureRecord::to(&self.invoices).key("key").payload(&text);
            within(self.producer.send(record, DEADLINE)).await.unwrap();
            let mut offsets = TopicPartitionList::new();
            let next = Offset::Offset(order.offset() + 1);
            offsets.add_partition_offset(order.topic(), order.partition(), next).unwrap();
            let group = self.consumer.group_metadata().unwrap();
            self.producer.send_offsets_to_transaction(&offsets, &group, DEADLINE).unwrap();
            if commit {
                self.producer.commit_transaction(DEADLINE).unwrap();
                Ok(())
            } else {
                self.producer.abort_transaction(DEADLINE).unwrap();
                Err("the customer is not known")
            }
        });
        handled.await
    }
}

/// The tree, with what shows a transaction. The ends of transactions are named by the broker's address, which is left out.
async fn tree(bench: &Bench, count: usize) -> TraceTree {
    let addresses = kafka::address();
    let server = format!(" {}", addresses.split(',').next().unwrap());
    let shown = ["tracehop.kafka.transaction", "messaging.batch.message_count"];
    bench.tree(count).await.without(&server).attributes(shown)
}

fn invoices(bench: &Bench, topic: &str, isolation: &str) -> TracedStreamConsumer {
    let mut config = kafka::config_of_group(&bench.name(isolation));
    let consumer: StreamConsumer = config.set("isolation.level", isolation).create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer.traced(&bench.tracer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_committed_transaction_is_one_trace_and_an_aborted_one_reaches_nobody() {
    let bench = Bench::new();
    let (orders, topic) = (bench.name("orders"), bench.name("invoices"));
    kafka::create_topic(&orders, 1).await;
    kafka::create_topic(&topic, 1).await;
    let shop = kafka::producer(&bench.tracer);
    for order in ["order 1", "order 2", "order 3"] {
        kafka::send(&shop, &orders, order).await;
    }
    let billing = Billing::new(&bench, &orders, &topic);
    for commit in [true, false, true] {
        let order = kafka::next(&billing.consumer).await;
        assert_eq!(billing.bill(&order, commit).await.is_ok(), commit);
    }

    // The third is there, so the second was passed over.
    let committed = invoices(&bench, &topic, "read_committed");
    for expected in ["order 1", "order 3"] {
        let invoice = kafka::next(&committed).await;
        assert_eq!(kafka::text(&*invoice), expected);
        invoice.process(async {}).await;
    }

    tree(&bench, 17).await.assert(
        "
        send orders                 PRODUCER  #1
        └ process orders            CONSUMER  links: #1
          ├ send invoices           PRODUCER  #2  tracehop.kafka.transaction=billing/1
          │ └ process invoices      CONSUMER  links: #2
          ├ send_offsets orders     CLIENT    tracehop.kafka.transaction=billing/1
          └ commit_transaction      CLIENT    links: #2  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        send orders                 PRODUCER  #3
        └ process orders            CONSUMER  links: #3  error=_OTHER
          ├ send invoices           PRODUCER  #4  tracehop.kafka.transaction=billing/2
          ├ send_offsets orders     CLIENT    tracehop.kafka.transaction=billing/2
          └ abort_transaction       CLIENT    links: #4  tracehop.kafka.transaction=billing/2 messaging.batch.message_count=1
        send orders                 PRODUCER  #5
        └ process orders            CONSUMER  links: #5
          ├ send invoices           PRODUCER  #6  tracehop.kafka.transaction=billing/3
          │ └ process invoices      CONSUMER  links: #6
          ├ send_offsets orders     CLIENT    tracehop.kafka.transaction=billing/3
          └ commit_transaction      CLIENT    links: #6  tracehop.kafka.transaction=billing/3 messaging.batch.message_count=1
        ",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aborted_order_is_handled_again_in_the_same_trace() {
    let bench = Bench::new();
    let (orders, topic) = (bench.name("orders"), bench.name("invoices"));
    kafka::create_topic(&orders, 1).await;
    kafka::create_topic(&topic, 1).await;
    kafka::send(&kafka::producer(&bench.tracer), &orders, "order 1").await;

    let billing = Billing::new(&bench, &orders, &topic);
    let order = kafka::next(&billing.consumer).await;
    billing.bill(&order, false).await.unwrap_err();
    // What was aborted was the offset too.
    let (partition, offset) = (order.partition(), Offset::Offset(order.offset()));
    billing.consumer.seek(&orders, partition, offset, DEADLINE).unwrap();
    let again = kafka::next(&billing.consumer).await;
    assert_eq!(again.creation(), order.creation());
    billing.bill(&again, true).await.unwrap();

    let committed = invoices(&bench, &topic, "read_committed");
    kafka::next(&committed).await.process(async {}).await;
    // A reader of everything sees both, each with the context of its own send.
    let everything = invoices(&bench, &topic, "read_uncommitted");
    let aborted = kafka::next(&everything).await;
    let stands = kafka::next(&everything).await;

    let spans = bench.ended(10).await;
    let sends: Vec<&SpanData> = spans.iter().filter(|span| span.name == "send invoices").collect();
    let ids: Vec<_> = sends.iter().map(|span| span.span_context.span_id()).collect();
    assert_eq!(ids, [aborted.creation().span_id(), stands.creation().span_id()]);
    assert!(sends.iter().all(|send| attribute(send, "error.type").is_none()), "the broker took both");
    tree(&bench, 10).await.assert(
        "
        send orders                 PRODUCER  #1
        ├ process orders            CONSUMER  links: #1  error=_OTHER
        │ ├ send invoices           PRODUCER  #2  tracehop.kafka.transaction=billing/1
        │ ├ send_offsets orders     CLIENT    tracehop.kafka.transaction=billing/1
        │ └ abort_transaction       CLIENT    links: #2  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        └ process orders            CONSUMER  links: #1
          ├ send invoices           PRODUCER  #3  tracehop.kafka.transaction=billing/2
          │ └ process invoices      CONSUMER  links: #3
          ├ send_offsets orders     CLIENT    tracehop.kafka.transaction=billing/2
          └ commit_transaction      CLIENT    links: #3  tracehop.kafka.transaction=billing/2 messaging.batch.message_count=1
        ",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_that_an_abort_purges_ends_as_failed() {
    let bench = Bench::new();
    let topic = bench.name("invoices");
    kafka::create_topic(&topic, 1).await;
    let mut config = kafka::config();
    // It waits for company that never comes.
    config.set("transactional.id", bench.name("billing")).set("linger.ms", "20000");
    let producer = config.create::<FutureProducer>().unwrap().traced(&bench.tracer);
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    let send = producer.send_result(FutureRecord::to(&topic).key("key").payload("order 1")).unwrap();
    assert_eq!(bench.spans.unfinished(), 1);
    producer.abort_transaction(DEADLINE).unwrap();
    within(send).await.unwrap().unwrap_err();
    tree(&bench, 2).await.assert(
        "
        send invoices           PRODUCER  #1  error=PURGE_QUEUE  tracehop.kafka.transaction=billing/1
        └ abort_transaction     CLIENT    links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        ",
    );
}
