//! What a broker wrote is there after it was killed and restarted.

use async_nats::jetstream;
use futures::StreamExt as _;
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tracehop_brokers::{RunningBroker, kafka, nats, rabbitmq};

use crate::DEADLINE;

/// Kills the broker, looks whether it is gone, and starts it again.
async fn restart(broker: &RunningBroker) {
    let address = broker.address().to_owned();
    let server = address.rsplit(['/', '@']).find(|part| part.contains(':')).unwrap().to_owned();
    broker.kill().await.unwrap();
    assert!(TcpStream::connect(&server).await.is_err(), "nobody listens at {server}");
    // Killing what is dead does nothing.
    broker.kill().await.unwrap();
    broker.restart().await.unwrap();
    assert_eq!(broker.address(), address);
}

#[tokio::test]
async fn a_nats_has_its_stream() {
    let broker = nats().owned().await.unwrap();
    let connect = async || jetstream::new(async_nats::connect(broker.address()).await.unwrap());
    let context = connect().await;
    let config = jetstream::stream::Config { name: "orders".to_owned(), ..Default::default() };
    context.create_stream(config).await.unwrap();
    context.publish("orders", "42".into()).await.unwrap().await.unwrap();

    restart(&broker).await;

    let stream = connect().await.get_stream("orders").await.unwrap();
    assert_eq!(stream.get_raw_message(1).await.unwrap().payload, "42");
}

#[tokio::test]
async fn a_rabbitmq_has_its_queue() {
    let broker = rabbitmq().owned().await.unwrap();
    let connect = async || {
        let connection =
            Connection::connect(broker.address(), ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        channel.queue_declare("orders".into(), durable, FieldTable::default()).await.unwrap();
        (connection, channel)
    };
    // RabbitMQ 3.10 may lose what it did in the moment before it was killed, the declaration of a queue too.
    for _ in 0..5 {
        let (_connection, channel) = connect().await;
        let (options, persistent) =
            (BasicPublishOptions::default(), BasicProperties::default().with_delivery_mode(2));
        let publish = channel.basic_publish("".into(), "orders".into(), options, b"42", persistent);
        publish.await.unwrap().await.unwrap();

        restart(&broker).await;

        let (_connection, channel) = connect().await;
        let got = channel.basic_get("orders".into(), BasicGetOptions::default()).await.unwrap();
        if let Some(got) = got {
            assert_eq!(got.data, b"42");
            return;
        }
    }
    panic!("nothing is ever there");
}

#[tokio::test]
async fn a_kafka_has_its_topic() {
    let broker = kafka().owned().await.unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.address()).set("group.id", "shipping");
    config.set("auto.offset.reset", "earliest");
    let producer: FutureProducer = config.create().unwrap();
    producer.send(FutureRecord::to("orders").key("a").payload("42"), DEADLINE).await.unwrap();

    restart(&broker).await;

    let consumer: StreamConsumer = config.create().unwrap();
    consumer.subscribe(&["orders"]).unwrap();
    let message = timeout(DEADLINE, consumer.stream().next()).await.unwrap().unwrap().unwrap();
    assert_eq!(message.payload(), Some(&b"42"[..]));
}
