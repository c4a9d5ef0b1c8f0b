//! Takes carts from a queue of RabbitMQ, and makes orders of them in Kafka.

#![forbid(unsafe_code)]

use anyhow::bail;
use futures::TryStreamExt;
use integration_suite::{Names, run, variable};
use lapin::ConnectionProperties;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicRejectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use tracehop_kafka::{IntoTraced, MessagingTracer, TracedFutureProducer};
use tracehop_rabbitmq::{TracedConnection, TracedDelivery};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run("checkout", serve).await
}

async fn serve(tracer: MessagingTracer) -> anyhow::Result<()> {
    let names = Names::from_environment();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", variable("TRACEHOP_KAFKA_BROKERS")?);
    let producer = config.create::<FutureProducer>()?.traced(&tracer);

    let (url, properties) = (variable("TRACEHOP_AMQP_URL")?, ConnectionProperties::default());
    let connection = TracedConnection::connect(&url, properties, &tracer).await?;
    let channel = connection.create_channel().await?;
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(names.carts().into(), durable, FieldTable::default()).await?;
    let options = BasicConsumeOptions::default();
    let mut carts =
        channel.basic_consume(names.carts().into(), "".into(), options, FieldTable::default()).await?;
    println!("checkout is ready");

    while let Some(cart) = carts.try_next().await? {
        match cart.process(order(&producer, &names, &cart)).await {
            Ok(()) => cart.ack(BasicAckOptions::default()).await?,
            // Kafka is away: the cart comes again.
            Err(_) => cart.reject(BasicRejectOptions { requeue: true }).await?,
        };
    }
    bail!("RabbitMQ ended the consumer")
}

async fn order(producer: &TracedFutureProducer, names: &Names, cart: &TracedDelivery) -> anyhow::Result<()> {
    let topic = names.orders();
    let order = FutureRecord::to(&topic).key("customer").payload(&cart.data);
    producer.send(order, Timeout::Never).await.map_err(|(error, _)| error)?;
    Ok(())
}
