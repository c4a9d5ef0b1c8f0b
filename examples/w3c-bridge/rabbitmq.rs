//! RabbitMQ.

use std::collections::BTreeMap;

use anyhow::Context;
use futures::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use tokio::sync::Mutex;
use tracehop_rabbitmq::{IntoTraced, MessagingTracer, TracedChannel, TracedConsumer};

use crate::job;
use crate::message::{Headers, Message};
use crate::names::Names;
use crate::transport::Transport;

pub(crate) struct RabbitMq {
    bare: Channel,
    requests: Mutex<TracedConsumer>,
    service: TracedChannel,
    callbacks: Mutex<Consumer>,
    names: Names,
    /// The queues are its own, and go with it.
    _connection: Connection,
}

impl RabbitMq {
    pub(crate) async fn connect(url: &str, names: Names, tracer: &MessagingTracer) -> anyhow::Result<Self> {
        let connecting = Connection::connect(url, ConnectionProperties::default());
        let connection = connecting.await.with_context(|| {
            format!("no RabbitMQ answers at {}: start one, or give another URL with --amqp-url", host(url))
        })?;
        let bare = connection.create_channel().await?;
        for queue in [&names.requests, &names.callbacks] {
            let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
            bare.queue_declare(queue.as_str().into(), options, FieldTable::default()).await?;
        }
        let service = connection.create_channel().await?.traced(tracer);
        bare.confirm_select(ConfirmSelectOptions::default()).await?;
        service.confirm_select(ConfirmSelectOptions::default()).await?;
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let requests =
            service.basic_consume(names.requests.as_str().into(), "".into(), options, none.clone()).await?;
        let callbacks = bare.basic_consume(names.callbacks.as_str().into(), "".into(), options, none).await?;
        let (requests, callbacks) = (Mutex::new(requests), Mutex::new(callbacks));
        Ok(Self { bare, requests, service, callbacks, names, _connection: connection })
    }

    async fn send_traced(&self, payload: Vec<u8>) -> anyhow::Result<()> {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let queue = self.names.callbacks.as_str();
        self.service.basic_publish("".into(), queue.into(), options, &payload, properties).await?.await?;
        Ok(())
    }
}

/// The URL without the password in it.
fn host(url: &str) -> &str {
    url.rsplit('@').next().unwrap_or_default()
}

/// A table has each name once, so repeats of a name are an array, in their order.
fn table(headers: Headers) -> FieldTable {
    let mut by_name: BTreeMap<ShortString, Vec<AMQPValue>> = BTreeMap::new();
    for (name, value) in headers {
        match ShortString::try_new(name.as_str()) {
            // RabbitMQ routes by these two, and closes the channel if they are text.
            Ok(short) if !matches!(name.as_str(), "CC" | "BCC") => {
                by_name.entry(short).or_default().push(AMQPValue::LongString(value.into()));
            }
            _ => eprintln!("RabbitMQ cannot hold a header of this name, so it is left out: {name}"),
        }
    }
    let one_or_array = |(name, values): (_, Vec<AMQPValue>)| match <[AMQPValue; 1]>::try_from(values) {
        Ok([value]) => (name, value),
        Err(values) => (name, AMQPValue::FieldArray(values.into())),
    };
    by_name.into_iter().map(one_or_array).collect::<BTreeMap<_, _>>().into()
}

/// The service sends no arrays.
fn headers(table: &FieldTable) -> Headers {
    let text = |(name, value): (&ShortString, &AMQPValue)| match value {
        AMQPValue::LongString(text) => Some((name.to_string(), text.as_bytes().to_owned())),
        _ => None,
    };
    table.inner().iter().filter_map(text).collect()
}

impl Transport for RabbitMq {
    async fn send(&self, Message { headers, payload }: Message) -> anyhow::Result<()> {
        let properties = BasicProperties::default().with_headers(table(headers));
        let (queue, options) = (self.names.requests.as_str(), BasicPublishOptions::default());
        self.bare.basic_publish("".into(), queue.into(), options, &payload, properties).await?.await?;
        Ok(())
    }

    async fn serve_one(&self) -> anyhow::Result<()> {
        let request = self.requests.lock().await.next().await.context("RabbitMQ ended the consumer")??;
        request.process(job::handle(&request.data, |payload| self.send_traced(payload))).await?;
        request.ack(BasicAckOptions::default()).await?;
        Ok(())
    }

    async fn receive(&self) -> anyhow::Result<Message> {
        let callback = self.callbacks.lock().await.next().await.context("RabbitMQ ended the consumer")??;
        callback.ack(BasicAckOptions::default()).await?;
        let headers = callback.properties.headers().as_ref().map(headers).unwrap_or_default();
        Ok(Message { headers, payload: callback.data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_of_a_name_are_an_array_in_their_order() {
        let text = |value: &str| AMQPValue::LongString(value.into());
        let headers = [("a", "2"), ("A", "3"), ("a", " 1\t"), ("CC", "x")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_owned())).to_vec();
        let table = table(headers);
        let entries: Vec<_> =
            table.inner().iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let repeats = AMQPValue::FieldArray(vec![text("2"), text(" 1\t")].into());
        assert_eq!(entries, [("A", text("3")), ("a", repeats)]);
    }
}
