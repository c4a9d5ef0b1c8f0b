//! How often a message counts: in a service graph, and in a table of hops.

use std::collections::{BTreeMap, HashMap};

use async_nats::jetstream;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::stream::{Config, StorageType};
use lapin::ConnectionProperties;
use lapin::options::{BasicAckOptions, BasicRejectOptions, ConfirmSelectOptions};
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, trace::SpanId, trace::TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use rdkafka::consumer::CommitMode;
use tracehop::MessagingTracer;
use tracehop_nats::{TracedClient, TracedContext};
use tracehop_rabbitmq::{TracedChannel, TracedConnection};
use tracehop_sdk::{DependencyTable, HopTable, Journey, JourneyExporter};
use tracehop_testing::SpanRecorder;

use crate::support::{attribute, kafka, nats, rabbitmq, unique, within};

const ORDERS: usize = 40;
const SERVICES: [&str; 4] = ["orders", "payments", "shipping", "support"];

/// The stage at which an order fails, if it does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fails {
    Never,
    AtPayment,
    AtShipping,
    AtTheEnd,
}

/// The shop of the example `order-pipeline`: orders → Kafka → payments → RabbitMQ → shipping → NATS → orders. Support gets the
/// dead letters of all brokers. Every settlement is made after its handler, with nothing active.
struct Shop {
    services: [SpanRecorder; 4],
    topics: [String; 2],
    queues: [String; 2],
    subjects: [String; 2],
    fails: fn(usize) -> Fails,
}

impl Shop {
    async fn open(fails: fn(usize) -> Fails) -> Self {
        let [topics, queues, subjects] = ["orders", "payments", "shipments"].map(|name| {
            let name = unique(name);
            [name.clone(), format!("{name}.dead")]
        });
        for topic in &topics {
            kafka::create_topic(topic, 2).await;
        }
        let (_connection, channel) = rabbitmq::connect_bare().await;
        let [queue, dead] = &queues;
        let arguments = [
            ("x-dead-letter-exchange", rabbitmq::long_string("")),
            ("x-dead-letter-routing-key", rabbitmq::long_string(dead)),
        ];
        rabbitmq::create_queue(&channel, queue, &arguments).await;
        rabbitmq::create_queue(&channel, dead, &[]).await;
        let config = Config {
            name: subjects[0].clone(),
            subjects: subjects.to_vec(),
            storage: StorageType::Memory,
            max_age: std::time::Duration::from_secs(600),
            ..Config::default()
        };
        within(jetstream::new(nats::connect().await).create_stream(config)).await.unwrap();
        Self { services: [(); 4].map(|()| SpanRecorder::new()), topics, queues, subjects, fails }
    }

    fn spans(&self, service: &str) -> &SpanRecorder {
        &self.services[SERVICES.iter().position(|name| *name == service).unwrap()]
    }

    fn tracer(&self, service: &str) -> MessagingTracer {
        self.spans(service).messaging_tracer()
    }

    fn count(&self, wanted: impl Fn(Fails) -> bool) -> usize {
        (0..ORDERS).filter(|order| wanted((self.fails)(*order))).count()
    }

    fn fails(&self, order: &[u8], here: Fails) -> Result<(), String> {
        let order = std::str::from_utf8(order).unwrap().parse().unwrap();
        if (self.fails)(order) == here { Err(format!("order {order} fails")) } else { Ok(()) }
    }

    async fn place_orders(&self) {
        let producer = kafka::producer(&self.tracer("orders"));
        for order in 0..ORDERS {
            let place = Context::new().with_span(self.spans("orders").tracer().start("place order"));
            kafka::send(&producer, &self.topics[0], &order.to_string()).with_context(place).await;
        }
    }

    async fn pay(&self) {
        let tracer = self.tracer("payments");
        let (producer, [orders, dead]) = (kafka::producer(&tracer), &self.topics);
        let consumer = kafka::consumer(orders, orders, &tracer);
        let (_connection, channel) = rabbitmq_channel(&tracer).await;
        for _ in 0..ORDERS {
            let order = kafka::next(&consumer).await;
            let payload = kafka::text(&*order);
            let pay = async {
                self.fails(payload.as_bytes(), Fails::AtPayment)?;
                rabbitmq::publish(&channel, &self.queues[0], &payload).await;
                Ok::<_, String>(())
            };
            order.process_or(pay, |error| producer.forward(&order, dead, error)).await.unwrap();
            consumer.commit_message(&order, CommitMode::Async).unwrap();
        }
    }

    async fn ship(&self) {
        let tracer = self.tracer("shipping");
        let (_connection, channel) = rabbitmq_channel(&tracer).await;
        let mut payments = rabbitmq::consume(&channel, &self.queues[0]).await;
        let context = nats_context(&tracer).await;
        for _ in 0..self.count(|fails| fails != Fails::AtPayment) {
            let payment = rabbitmq::next(&mut payments).await;
            let ship = async {
                self.fails(&payment.data, Fails::AtShipping)?;
                nats::store(&context, &self.subjects[0], std::str::from_utf8(&payment.data).unwrap()).await;
                Ok::<_, String>(())
            };
            // The broker's own dead letters: it sends the message on.
            match payment.process(ship).await {
                Ok(()) => payment.ack(BasicAckOptions::default()).await.unwrap(),
                Err(_) => payment.reject(BasicRejectOptions::default()).await.unwrap(),
            };
        }
    }

    async fn close_orders(&self) {
        let tracer = self.tracer("orders");
        let context = nats_context(&tracer).await;
        let consumer = consumer_of(&context, &self.subjects, 0).await;
        let mut shipments = nats::messages(&consumer, &tracer).await;
        for _ in 0..self.count(|fails| matches!(fails, Fails::Never | Fails::AtTheEnd)) {
            let shipment = nats::next(&mut shipments).await;
            let closed = shipment.process(async { self.fails(&shipment.payload, Fails::AtTheEnd) }).await;
            if let Err(error) = closed {
                within(context.forward(&shipment, self.subjects[1].clone(), error)).await.unwrap();
            }
            within(shipment.double_ack()).await.unwrap();
        }
    }

    async fn look_after(&self) {
        let tracer = self.tracer("support");
        let orders = kafka::consumer(&self.topics[1], &self.topics[1], &tracer);
        for _ in 0..self.count(|fails| fails == Fails::AtPayment) {
            let letter = kafka::next(&orders).await;
            letter.process(async {}).await;
            orders.commit_message(&letter, CommitMode::Async).unwrap();
        }
        let (_connection, channel) = rabbitmq_channel(&tracer).await;
        let mut payments = rabbitmq::consume(&channel, &self.queues[1]).await;
        for _ in 0..self.count(|fails| fails == Fails::AtShipping) {
            let letter = rabbitmq::next(&mut payments).await;
            letter.process(async {}).await;
            assert!(letter.ack(BasicAckOptions::default()).await.unwrap());
        }
        // As long as it is there, what it knows of the server is known to the consumer's first span too.
        let context = nats_context(&tracer).await;
        let consumer = consumer_of(&context, &self.subjects, 1).await;
        let mut shipments = nats::messages(&consumer, &tracer).await;
        for _ in 0..self.count(|fails| fails == Fails::AtTheEnd) {
            let letter = nats::next(&mut shipments).await;
            letter.process(async {}).await;
            within(letter.double_ack()).await.unwrap();
        }
    }

    /// Runs until every order is closed or with support.
    async fn run(&self) {
        tokio::join!(self.place_orders(), self.pay(), self.ship(), self.close_orders(), self.look_after());
        for (service, spans) in SERVICES.iter().zip(&self.services) {
            let operations = spans.finished();
            assert_eq!(spans.unfinished(), 0, "{service}: {}", spans.tree());
            for operation in operations.iter().filter(|span| span.name != "place order") {
                let address = ["server.address", "server.port"].map(|key| attribute(operation, key));
                assert!(address.iter().all(Option::is_some), "{service}: {}: {address:?}", operation.name);
            }
        }
    }

    async fn journeys(&self) -> Vec<Journey> {
        let journeys = JourneyExporter::new();
        for (service, spans) in SERVICES.iter().zip(&self.services) {
            let mut of_service = journeys.clone();
            of_service.set_resource(&Resource::builder_empty().with_service_name(*service).build());
            of_service.export(spans.finished()).await.unwrap();
        }
        assert_eq!(journeys.dropped(), 0);
        journeys.journeys()
    }

    /// What Jaeger shows at `/api/dependencies`: a call for each span whose parent is of another service.
    fn dependencies(&self) -> BTreeMap<(&str, &str), usize> {
        let mut services: HashMap<(TraceId, SpanId), &str> = HashMap::new();
        let of_all = || {
            SERVICES
                .iter()
                .zip(&self.services)
                .flat_map(|(it, spans)| spans.finished().into_iter().map(move |span| (*it, span)))
        };
        for (service, span) in of_all() {
            services.insert((span.span_context.trace_id(), span.span_context.span_id()), service);
        }
        let mut calls = BTreeMap::new();
        for (service, span) in of_all() {
            let parent = services.get(&(span.span_context.trace_id(), span.parent_span_id));
            if let Some(parent) = parent.filter(|parent| **parent != service) {
                *calls.entry((*parent, service)).or_default() += 1;
            }
        }
        calls
    }
}

/// Of a connection that knows the broker's address, with publisher confirms.
async fn rabbitmq_channel(tracer: &MessagingTracer) -> (TracedConnection, TracedChannel) {
    let (url, properties) = (rabbitmq::url(), ConnectionProperties::default());
    let connection = within(TracedConnection::connect(&url, properties, tracer)).await.unwrap();
    let channel = within(connection.create_channel()).await.unwrap();
    within(channel.confirm_select(ConfirmSelectOptions::default())).await.unwrap();
    (connection, channel)
}

/// Of a client that knows the server's address.
async fn nats_context(tracer: &MessagingTracer) -> TracedContext {
    let client = within(TracedClient::connect(nats::url(), tracer)).await.unwrap();
    nats::context(client.inner(), tracer)
}

async fn consumer_of(context: &TracedContext, subjects: &[String; 2], which: usize) -> PullConsumer {
    let stream = within(context.get_stream(&subjects[0])).await.unwrap();
    let config = pull::Config {
        durable_name: Some(["worker", "clerk"][which].to_owned()),
        filter_subject: subjects[which].clone(),
        ..pull::Config::default()
    };
    within(stream.create_consumer(config)).await.unwrap()
}

fn rows(journeys: &[Journey]) -> BTreeMap<(String, String, String), usize> {
    let table: HopTable = journeys.iter().collect();
    let rows = table.rows().iter();
    rows.map(|row| ((row.destination.clone(), row.producer.clone(), row.consumer.clone()), row.count))
        .collect()
}

async fn assert_counts(
    shop: &Shop,
    dependencies: &[(&str, &str, usize)],
    hops: &[(&String, &str, &str, usize)],
) {
    within(shop.run()).await;
    let expected: BTreeMap<_, _> =
        dependencies.iter().map(|(parent, child, calls)| ((*parent, *child), *calls)).collect();
    assert_eq!(shop.dependencies(), expected);
    let journeys = shop.journeys().await;
    assert_eq!(journeys.len(), ORDERS, "one journey for each order");
    assert!(journeys.iter().all(|journey| journey.trace_ids().len() == 1));
    let table: DependencyTable = journeys.iter().collect();
    let table = table.rows().iter().map(|row| ((row.parent.as_str(), row.child.as_str()), row.calls));
    assert_eq!(table.collect::<BTreeMap<_, _>>(), expected);
    let expected = hops.iter().map(|(destination, producer, consumer, count)| {
        (((*destination).clone(), (*producer).to_owned(), (*consumer).to_owned()), *count)
    });
    assert_eq!(rows(&journeys), expected.collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_of_a_pipeline_over_three_brokers_counts_once() {
    let shop = Shop::open(|_| Fails::Never).await;
    assert_counts(
        &shop,
        &[("orders", "payments", ORDERS), ("payments", "shipping", ORDERS), ("shipping", "orders", ORDERS)],
        &[
            (&shop.topics[0], "orders", "payments", ORDERS),
            (&shop.queues[0], "payments", "shipping", ORDERS),
            (&shop.subjects[0], "shipping", "orders", ORDERS),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_dead_letter_of_three_brokers_counts_once() {
    let shop = Shop::open(|order| match order % 10 {
        1 => Fails::AtPayment,
        2 | 3 => Fails::AtShipping,
        4..=6 => Fails::AtTheEnd,
        _ => Fails::Never,
    })
    .await;
    let (paid, shipped) = (ORDERS - 4, ORDERS - 12);
    assert_counts(
        &shop,
        &[
            ("orders", "payments", ORDERS),
            ("payments", "shipping", paid),
            ("shipping", "orders", shipped),
            // Four that payments sent on, and eight that RabbitMQ sent on: it makes no span, and keeps the context.
            ("payments", "support", 12),
            ("orders", "support", 12),
        ],
        &[
            (&shop.topics[0], "orders", "payments", ORDERS),
            (&shop.topics[1], "payments", "support", 4),
            (&shop.queues[0], "payments", "shipping", paid),
            (&shop.queues[0], "payments", "support", 8),
            (&shop.subjects[0], "shipping", "orders", shipped),
            (&shop.subjects[1], "orders", "support", 12),
        ],
    )
    .await;
}
