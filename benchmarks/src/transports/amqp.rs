//! RabbitMQ's headers: a table among the properties.

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use opentelemetry::KeyValue;
use tracehop::{AttributeValue, ClientTracer, Describe, Destination, MessageAttributes, MessageSpan};
use tracehop_rabbitmq::semconv::{
    MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG,
};
use tracehop_rabbitmq::{AmqpHeadersMut, FromQueue, RabbitMq};

use super::asked;
use super::transport::{Row, Step, Transport};
use crate::case::Goals;
use crate::goals;

const QUEUE: &str = "orders";
const TAG: i64 = 7;

/// A message to the default exchange, as the adapter describes it.
struct Published;

impl Describe for Published {
    fn destination(&self) -> Destination<'_> {
        Destination::named(QUEUE)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        attributes.add(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, AttributeValue::Str(QUEUE));
    }
}

impl Transport for RabbitMq {
    const LABEL: &'static str = "AMQP";
    const HEADERS_GROUP: &'static str = "RabbitMQ headers";
    const HOPS_GROUP: &'static str = "One hop without a broker, RabbitMQ";
    const DESTINATION: &'static str = QUEUE;
    const SEND: &'static str = "publish orders";
    const PROCESS: &'static str = "process orders";

    type Headers = BasicProperties;
    type Carrier<'h> = AmqpHeadersMut<'h>;
    type Message = FromQueue<Delivery>;

    fn carrier(headers: &mut BasicProperties) -> AmqpHeadersMut<'_> {
        AmqpHeadersMut::new(headers)
    }

    fn message(headers: BasicProperties, client: &ClientTracer<Self>) -> Self::Message {
        let mut delivery = Delivery::mock(7, "".into(), QUEUE.into(), false, vec![b'x'; 100]);
        delivery.properties = headers;
        FromQueue::new(delivery, QUEUE.into(), client)
    }

    fn put_constant(value: &'static str) -> BasicProperties {
        let mut table = FieldTable::default();
        table.insert("traceparent".into(), AMQPValue::LongString(value.into()));
        BasicProperties::default().with_headers(table)
    }

    fn put(headers: &mut BasicProperties, name: &str, value: &str) {
        // lapin's properties give their table away by a copy only.
        let mut table = headers.headers().clone().unwrap_or_default();
        table.insert(name.into(), AMQPValue::LongString(value.into()));
        *headers = std::mem::take(headers).with_headers(table);
    }

    fn look_up<'m>(message: &'m Self::Message, name: &str) -> Option<&'m str> {
        match message.properties.headers().as_ref()?.inner().get(name)? {
            AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
            _ => None,
        }
    }

    fn names(message: &Self::Message) -> Vec<&str> {
        let headers = message.properties.headers().as_ref();
        headers.into_iter().flat_map(|table| table.inner().keys().map(ShortString::as_str)).collect()
    }

    fn payload(message: &Self::Message) -> &[u8] {
        &message.data
    }

    fn start_send(client: &ClientTracer<Self>, headers: &mut BasicProperties) -> MessageSpan {
        client.send(&Published, &mut AmqpHeadersMut::new(headers))
    }

    fn literals(step: Step) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(10);
        attributes.push(KeyValue::new(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, QUEUE));
        if step == Step::Process {
            attributes.push(KeyValue::new(MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, TAG));
        }
        attributes
    }

    fn owned(_: Step, message: Option<&Self::Message>) -> Vec<KeyValue> {
        let Some(message) = message else {
            return vec![KeyValue::new(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, QUEUE.to_owned())];
        };
        let tag = i64::try_from(message.delivery_tag).unwrap_or_default();
        vec![
            KeyValue::new(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, message.routing_key.to_string()),
            KeyValue::new(MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, tag),
        ]
    }

    fn goals(row: Row) -> Goals {
        asked::goals(row, goals::AMQP_INJECT_INSTRUCTIONS)
    }
}
