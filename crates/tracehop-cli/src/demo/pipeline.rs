//! Who consumes what.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tracehop::Correlation;

use super::broker::{Broker, Delivery};
use super::client::Client;
use super::config::DemoConfig;
use super::consumer::Consumer;
use super::demo_error::DemoError;
use super::in_flight::InFlight;
use super::service::{Service, Shared};
use super::services::{Audit, Checkout, Import, Inventory, Notifications, Payments, Shipping, Storefront};
use super::system::{Kafka, Nats, RabbitMq, System};
use super::telemetry::Telemetry;

/// How much the clock of shipping's machine is ahead.
const AHEAD: Duration = Duration::from_millis(40);

/// All that runs.
pub(super) struct Pipeline {
    pub(super) telemetry: BTreeMap<&'static str, Telemetry>,
    /// What begins journeys. It ends when all hurry.
    pub(super) sources: JoinSet<()>,
    /// What handles messages. It does not end.
    pub(super) workers: JoinSet<()>,
    pub(super) in_flight: InFlight,
}

impl Pipeline {
    pub(super) fn start(config: &DemoConfig, shared: &Shared) -> Result<Self, DemoError> {
        let mut telemetry = BTreeMap::new();
        let mut service = |name, correlation, ahead| {
            let own = Telemetry::start(name, config, ahead)?;
            let service = Service::new(name, &own, correlation, ahead, shared.clone());
            telemetry.insert(name, own);
            Ok::<_, DemoError>(service)
        };
        // Most go on with the trace of the message; shipping begins one of its own that links to it.
        let (goes_on, begins) = (Correlation::Continue, Correlation::Link);
        let storefront = service("storefront", goes_on, Duration::ZERO)?;
        let checkout = service("checkout", goes_on, Duration::ZERO)?;
        let inventory = Arc::new(Inventory { service: service("inventory", goes_on, Duration::ZERO)? });
        let payments = service("payments", goes_on, Duration::ZERO)?;
        let shipping = service("shipping", begins, AHEAD)?;
        let notifications =
            Arc::new(Notifications { service: service("notifications", goes_on, Duration::ZERO)? });
        let audit = Arc::new(Audit { service: service("audit", goes_on, Duration::ZERO)? });

        let in_flight = InFlight::new();
        let (mut kafka, mut rabbitmq, mut nats) =
            (Broker::new(in_flight.clone()), Broker::new(in_flight.clone()), Broker::new(in_flight.clone()));
        for (topic, partitions) in
            [("orders", 3), ("audit-events", 1), ("newsletter", 1), ("legacy-import", 1)]
        {
            kafka.declare(topic, partitions);
        }
        for queue in ["payments", "payments.dlq", "notifications"] {
            rabbitmq.declare(queue, 1);
        }
        for subject in ["shipments", "shipments.dlq"] {
            nats.declare(subject, 1);
        }
        let (to_checkout, to_inventory) = (kafka.subscribe("orders"), kafka.subscribe("orders"));
        let (to_audit, to_import) = (kafka.subscribe("audit-events"), kafka.subscribe("legacy-import"));
        let (to_payments, to_declined) = (rabbitmq.subscribe("payments"), rabbitmq.subscribe("payments.dlq"));
        let to_shipped = rabbitmq.subscribe("notifications");
        let (to_shipping, to_lost) = (nats.subscribe("shipments"), nats.subscribe("shipments.dlq"));
        let (kafka, rabbitmq, nats) = (Arc::new(kafka), Arc::new(rabbitmq), Arc::new(nats));

        let mut workers = JoinSet::new();
        let kafka_of = |service: &Service, group| service.client::<Kafka>(&kafka, group);
        let rabbitmq_of = |service: &Service| service.client::<RabbitMq>(&rabbitmq, None);
        let nats_of = |service: &Service, group| service.client::<Nats>(&nats, group);

        let orders = kafka_of(&checkout, Some("checkout"));
        let (kafka_client, rabbitmq_client) = (kafka_of(&checkout, None), rabbitmq_of(&checkout));
        let checkout =
            Arc::new(Checkout { service: checkout, kafka: kafka_client, rabbitmq: rabbitmq_client });
        spawn(&mut workers, &orders, to_checkout, 1, |consumer| Arc::clone(&checkout).run(consumer));

        let orders = kafka_of(&inventory.service, Some("inventory"));
        spawn(&mut workers, &orders, to_inventory, 1, |consumer| Arc::clone(&inventory).reserve(consumer));
        let imports = kafka_of(&inventory.service, Some("legacy-import"));
        spawn(&mut workers, &imports, to_import, 1, |consumer| Arc::clone(&inventory).import(consumer));

        let queue = rabbitmq_of(&payments);
        let nats_client = nats_of(&payments, None);
        let payments = Arc::new(Payments { service: payments, nats: nats_client });
        spawn(&mut workers, &queue, to_payments, 8, |consumer| Arc::clone(&payments).run(consumer));

        let shipments = nats_of(&shipping, Some("shipping"));
        let (kafka_client, rabbitmq_client) = (kafka_of(&shipping, None), rabbitmq_of(&shipping));
        let shipping =
            Arc::new(Shipping { service: shipping, kafka: kafka_client, rabbitmq: rabbitmq_client });
        spawn(&mut workers, &shipments, to_shipping, 4, |consumer| Arc::clone(&shipping).run(consumer));

        let queue = rabbitmq_of(&notifications.service);
        spawn(&mut workers, &queue, to_shipped, 4, |consumer| {
            Arc::clone(&notifications).run("is on its way", consumer)
        });
        spawn(&mut workers, &queue, to_declined, 1, |consumer| {
            Arc::clone(&notifications).run("could not be paid", consumer)
        });
        let letters = nats_of(&notifications.service, Some("notifications"));
        spawn(&mut workers, &letters, to_lost, 1, |consumer| {
            Arc::clone(&notifications).run("could not be sent", consumer)
        });

        let events = kafka_of(&audit.service, Some("audit"));
        spawn(&mut workers, &events, to_audit, 1, |consumer| Arc::clone(&audit).run(consumer));

        let mut sources = JoinSet::new();
        let seed = config.seed;
        let interval = Duration::from_secs_f64(config.rate.recip());
        let kafka_client = kafka_of(&storefront, None);
        let storefront = Storefront { service: storefront, kafka: kafka_client, seed, interval };
        sources.spawn(Arc::new(storefront).run());
        sources.spawn(Import { broker: Arc::clone(&kafka), shared: shared.clone(), seed }.run());
        Ok(Self { telemetry, sources, workers, in_flight })
    }
}

/// Starts so many workers on each partition.
fn spawn<S: System, F: Future<Output = ()> + Send + 'static>(
    workers: &mut JoinSet<()>,
    client: &Client<S>,
    partitions: Vec<Receiver<Delivery<S>>>,
    count: usize,
    work: impl Fn(Consumer<S>) -> F,
) {
    for partition in partitions {
        let consumer = Consumer::new(client.clone(), partition);
        for _ in 0..count {
            workers.spawn(work(consumer.clone()));
        }
    }
}
