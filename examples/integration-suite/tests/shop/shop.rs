//! A shop that is open for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use integration_suite::Names;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, ConnectionProperties};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use tracehop_brokers::{Kafka, Nats, Program, RabbitMq};
use tracehop_rabbitmq::{TracedChannel, TracedConnection};
use tracehop_sdk::Telemetry;
use tracehop_testing::{OtlpRecorder, TraceTree};

use crate::services::{self, Variables};

/// The brokers of a shop.
pub(crate) struct Brokers {
    pub(crate) kafka: Kafka,
    pub(crate) rabbitmq: RabbitMq,
    pub(crate) nats: Nats,
}

impl Brokers {
    /// Those that all tests share.
    pub(crate) async fn shared() -> Self {
        let (kafka, rabbitmq, nats) = tokio::join!(
            tracehop_brokers::kafka().into_future(),
            tracehop_brokers::rabbitmq().into_future(),
            tracehop_brokers::nats().into_future(),
        );
        Self { kafka: kafka.unwrap(), rabbitmq: rabbitmq.unwrap(), nats: nats.unwrap() }
    }
}

/// Services that run, and a customer. What is dropped first stands first.
pub(crate) struct Shop {
    carts: TracedChannel,
    _connection: TracedConnection,
    pub(crate) checkout: Program,
    pub(crate) payments: Program,
    pub(crate) mailer: Program,
    /// What the services are told.
    pub(crate) variables: Variables,
    pub(crate) names: Names,
    suffix: String,
    customer: Telemetry,
    pub(crate) telemetry: OtlpRecorder,
    pub(crate) brokers: Brokers,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_on(Brokers::shared().await, |_| {}).await
    }

    /// On these brokers. `change` has the last word on what the services are told.
    pub(crate) async fn open_on(brokers: Brokers, change: impl FnOnce(&mut Variables)) -> Self {
        let telemetry = OtlpRecorder::start().await.unwrap();
        let suffix = unique();
        let names = Names::with(&suffix);
        create_topics(&brokers.kafka, &[&names.orders(), &names.dead_orders()]).await;

        let mut variables = telemetry.variables();
        let addresses = [brokers.kafka.variable(), brokers.rabbitmq.variable(), brokers.nats.variable()];
        variables.extend(addresses.map(|(name, address)| (name.to_owned(), address.to_owned())));
        variables.push(("SHOP_SUFFIX".to_owned(), suffix.clone()));
        change(&mut variables);
        let (checkout, payments, mailer) = tokio::join!(
            services::checkout(&variables),
            services::payments(&variables),
            services::mailer(&variables),
        );

        // The customer is in this process, and exports to the same place.
        let of_customer = telemetry.variables();
        let read =
            move |name: &str| of_customer.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone());
        let customer = Telemetry::builder("customer").variables(read).build().unwrap();
        let (url, properties) = (brokers.rabbitmq.amqp_url(), ConnectionProperties::default());
        let connection =
            TracedConnection::connect(url, properties, &customer.messaging_tracer()).await.unwrap();
        let carts = connection.create_channel().await.unwrap();
        carts.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        Self {
            carts,
            _connection: connection,
            checkout,
            payments,
            mailer,
            variables,
            names,
            suffix,
            customer,
            telemetry,
            brokers,
        }
    }

    /// A customer puts this into a cart, and goes to the checkout.
    pub(crate) async fn customer_wants(&self, what: &str) {
        let (queue, options) = (self.names.carts(), BasicPublishOptions::default());
        let published = self.carts.basic_publish(
            "".into(),
            queue.into(),
            options,
            what.as_bytes(),
            BasicProperties::default().with_delivery_mode(2),
        );
        let _confirmed = published.await.unwrap().await.unwrap();
    }

    /// What was recorded, with the names that stand in the code.
    pub(crate) fn tree(&self) -> TraceTree {
        self.telemetry.tree().without(&self.suffix)
    }

    /// Waits until so many orders have gone all their way, and all that was recorded of them is there.
    pub(crate) async fn wait_for_orders(&self, count: usize) {
        for (service, name) in [
            ("customer", "publish carts"),
            ("checkout", "process carts"),
            ("checkout", "ack carts"),
            ("checkout", "send orders"),
            ("payments", "process orders"),
            ("payments", "publish receipts"),
            ("mailer", "process receipts"),
        ] {
            self.wait_for(service, name, count).await;
        }
    }

    /// Waits until spans of this name have ended.
    pub(crate) async fn wait_for(&self, service: &str, name: &str, count: usize) {
        let name = format!("{name}{}", self.suffix);
        let is_one = |it: &tracehop_testing::RecordedSpan| {
            it.service.as_deref() == Some(service) && it.span.name == name
        };
        let has_all =
            |recorder: &OtlpRecorder| recorder.finished().iter().filter(|it| is_one(it)).count() >= count;
        self.telemetry.wait_until(has_all, crate::DEADLINE).await;
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.customer.shutdown();
    }
}

/// What makes the names of a test its own, beside other tests and other programs.
fn unique() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = u64::from(std::process::id()) << 32 | u64::from(NUMBER.fetch_add(1, Ordering::Relaxed));
    // In letters: with digits a queue looks like one of many, which has no place in the name of a span.
    let letters = (0..14).map(|place| char::from(b'a' + (number / 26_u64.pow(place) % 26) as u8));
    letters.fold("-".to_owned(), |mut name, letter| {
        name.push(letter);
        name
    })
}

async fn create_topics(kafka: &Kafka, names: &[&str]) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka.bootstrap_servers());
    let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
    let topics: Vec<_> =
        names.iter().map(|name| NewTopic::new(name, 1, TopicReplication::Fixed(1))).collect();
    for created in admin.create_topics(&topics, &AdminOptions::new()).await.unwrap() {
        created.unwrap();
    }
}
