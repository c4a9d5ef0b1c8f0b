//! The payments service: charges the card of each order. A charge that fails is tried once more.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use rdkafka::Message;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::message::{BorrowedHeaders, Header};
use rdkafka::producer::FutureRecord;
use tracehop::Carrier;
use tracehop_kafka::{KafkaHeaders, TracedFutureProducer, TracedMessage};

use crate::lane::{Brokers, Lane, Sender};
use crate::model::{self, Card, Order, Payment};
use crate::payment_error::PaymentError;
use crate::telemetry::Service;

const CASHIERS: usize = 16;

/// Runs until it is dropped.
pub(crate) async fn run(service: Service, brokers: Arc<Brokers>) -> anyhow::Result<()> {
    let kafka = &brokers.kafka;
    let producer = &kafka.producer(&service.messaging)?;
    let consumer = &kafka.consumer("payments", &kafka.topics.orders, &service.messaging)?;
    let payments = &brokers.sender(Lane::Payments, &service.messaging).await?;
    let orders = consumer.stream().map_err(anyhow::Error::from);
    orders
        .try_for_each_concurrent(CASHIERS, |order| async move {
            // The failure of one order is on its span, and taken care of; it must not stop the others.
            let _ = order.process(charge(&order, producer, payments)).await;
            consumer.commit_message(&order, CommitMode::Async)?;
            Ok(())
        })
        .await
}

async fn charge(
    message: &TracedMessage<'_>,
    producer: &TracedFutureProducer,
    payments: &Sender,
) -> Result<(), PaymentError> {
    let order: Order = model::parse(message.payload().unwrap_or_default())?;
    let retried = message.headers().is_some_and(|headers| header(headers, RETRY).is_some());
    let cents: u32 = order.items.iter().map(|item| item.quantity * item.price_cents).sum();
    // The bank takes its time: longer for larger sums.
    tokio::time::sleep(Duration::from_micros(500 + u64::from(cents % 8_000))).await;
    match order.card {
        Card::Flaky if !retried => {
            try_again(message, producer).await?;
            return Err(PaymentError::BankTimeout);
        }
        Card::Stolen => {
            let rejected = Payment { order, paid: false };
            payments.send(&rejected.order.id, &rejected).await?;
            return Err(PaymentError::Declined);
        }
        Card::Good | Card::Flaky => {}
    }
    let payment = Payment { order, paid: true };
    payments.send(&payment.order.id, &payment).await?;
    Ok(())
}

const RETRY: &str = "retry";

/// Sends the order once more as it came, headers and all, and marks it. Its old context rides along in the copied
/// headers; the send puts its own in the place.
async fn try_again(message: &TracedMessage<'_>, producer: &TracedFutureProducer) -> anyhow::Result<()> {
    let headers = message.headers().map(BorrowedHeaders::detach).unwrap_or_default();
    let record = FutureRecord {
        topic: message.topic(),
        partition: None,
        payload: message.payload(),
        key: message.key(),
        timestamp: None,
        headers: Some(headers.insert(Header { key: RETRY, value: Some("1") })),
    };
    producer.send(record, Duration::from_secs(10)).await.map_err(|(error, _)| error)?;
    Ok(())
}

fn header(headers: &BorrowedHeaders, name: &str) -> Option<Vec<u8>> {
    let mut found = None;
    KafkaHeaders::new(headers).values(name, &mut |value| found = Some(value.to_vec()));
    found
}
