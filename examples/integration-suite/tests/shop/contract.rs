//! What the checkout does with contexts of others.

use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable};
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{Header as KafkaHeader, Headers as _, Message as _};
use tracehop_testing::{Header, ServiceContract};

use crate::DEADLINE;
use crate::shop::Shop;

#[tokio::test]
async fn the_checkout_carries_each_form_of_a_context_on() {
    let shop = Shop::open().await;
    // Plain clients: the headers are those of the contract.
    let connection =
        lapin::Connection::connect(shop.brokers.rabbitmq.amqp_url(), lapin::ConnectionProperties::default());
    let channel = connection.await.unwrap().create_channel().await.unwrap();
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", shop.brokers.kafka.bootstrap_servers())
        .set("group.id", shop.names.carts());
    let orders: StreamConsumer = config.set("auto.offset.reset", "earliest").create().unwrap();
    orders.subscribe(&[&shop.names.orders()]).unwrap();

    let exchange = async |headers: Vec<Header>| -> anyhow::Result<Vec<Header>> {
        let mut table = FieldTable::default();
        for (name, value) in &headers {
            let value =
                value.as_ref().map_or(AMQPValue::Void, |value| AMQPValue::LongString(value.clone().into()));
            table.insert(std::str::from_utf8(name)?.into(), value);
        }
        let properties = BasicProperties::default().with_headers(table);
        let (queue, options) = (shop.names.carts(), BasicPublishOptions::default());
        channel.basic_publish("".into(), queue.into(), options, b"a book", properties).await?.await?;
        let order = orders.recv().await?;
        let own = |header: KafkaHeader<&[u8]>| (header.key.into(), header.value.map(<[u8]>::to_vec));
        Ok(order.headers().map(|headers| headers.iter().map(own).collect()).unwrap_or_default())
    };
    // A table of AMQP has each name once.
    let once = |headers: &[Header]| {
        let mut names: Vec<_> = headers.iter().map(|(name, _)| name).collect();
        names.sort();
        names.windows(2).all(|pair| pair[0] != pair[1])
    };
    let report = ServiceContract::new()
        .copies_unsampled_context()
        .carried_if(once)
        .deadline(DEADLINE)
        .check(exchange)
        .await;
    assert!(report.passed.len() > 100, "{report}");
}
