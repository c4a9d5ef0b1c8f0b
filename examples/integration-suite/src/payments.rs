//! Takes orders from Kafka, and sends receipts over NATS. What cannot be paid goes to the dead letters.

#![forbid(unsafe_code)]

use anyhow::ensure;
use integration_suite::{Names, run, variable};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::FutureProducer;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Message};
use tracehop_kafka::{IntoTraced, MessagingTracer, TracedMessage};
use tracehop_nats::TracedClient;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run("payments", serve).await
}

async fn serve(tracer: MessagingTracer) -> anyhow::Result<()> {
    let names = Names::from_environment();
    let nats = TracedClient::connect(variable("TRACEHOP_NATS_URL")?, &tracer).await?;
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", variable("TRACEHOP_KAFKA_BROKERS")?);
    let producer = config.create::<FutureProducer>()?.traced(&tracer);
    config
        .set("group.id", names.orders())
        .set("auto.offset.reset", "earliest")
        .set("topic.metadata.refresh.interval.ms", "100")
        .set("enable.auto.offset.store", "false");
    let consumer = config.create::<StreamConsumer>()?.traced(&tracer);
    consumer.subscribe(&[&names.orders()])?;
    println!("payments is ready");

    loop {
        let order = match consumer.recv().await {
            Err(error) if is_away(&error) => continue,
            order => order?,
        };
        let dead = names.dead_orders();
        let refuse = |error| producer.forward(&order, &dead, error);
        order.process_or(pay(&nats, &names, &order), refuse).await?;
        consumer.store_offset_from_message(&order)?;
    }
}

/// Whether an error only tells that there is no connection: the client makes a new one by itself.
fn is_away(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure};
    matches!(error.rdkafka_error_code(), Some(AllBrokersDown | BrokerTransportFailure))
}

async fn pay(nats: &TracedClient, names: &Names, order: &TracedMessage<'_>) -> anyhow::Result<()> {
    let what = String::from_utf8_lossy(order.payload().unwrap_or_default()).into_owned();
    ensure!(!what.contains("on credit"), "no credit is given");
    nats.publish(names.receipts(), format!("paid: {what}").into()).await?;
    Ok(())
}
