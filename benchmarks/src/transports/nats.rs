//! NATS's headers: a map.

use async_nats::{HeaderMap, HeaderName, HeaderValue, Message};
use opentelemetry::KeyValue;
use tracehop::{ClientTracer, Describe, Destination, MessageAttributes, MessageSpan};
use tracehop_nats::{FromSubject, Nats, NatsHeadersMut};

use super::asked;
use super::transport::{Row, Step, Transport};
use crate::case::Goals;
use crate::goals;

const SUBJECT: &str = "orders";

/// A message without an identifier, as the adapter describes it.
struct Published;

impl Describe for Published {
    fn destination(&self) -> Destination<'_> {
        Destination::named(SUBJECT)
    }

    fn attributes(&self, _: &mut MessageAttributes<'_>) {}
}

impl Transport for Nats {
    const LABEL: &'static str = "NATS";
    const HEADERS_GROUP: &'static str = "NATS headers";
    const HOPS_GROUP: &'static str = "One hop without a broker, NATS";
    const DESTINATION: &'static str = SUBJECT;
    const SEND: &'static str = "publish orders";
    const PROCESS: &'static str = "process orders";

    type Headers = Option<HeaderMap>;
    type Carrier<'h> = NatsHeadersMut<'h>;
    type Message = FromSubject<Message>;

    fn carrier(headers: &mut Option<HeaderMap>) -> NatsHeadersMut<'_> {
        NatsHeadersMut::new(headers)
    }

    fn message(headers: Option<HeaderMap>, _: &ClientTracer<Self>) -> Self::Message {
        let payload = vec![b'x'; 100];
        let message = Message {
            subject: SUBJECT.into(),
            reply: None,
            length: payload.len(),
            payload: payload.into(),
            headers,
            status: None,
            description: None,
        };
        FromSubject::new(message, SUBJECT)
    }

    fn put_constant(value: &'static str) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert(const { HeaderName::from_static("traceparent") }, HeaderValue::from(value));
        Some(headers)
    }

    fn put(headers: &mut Option<HeaderMap>, name: &str, value: &str) {
        headers.get_or_insert_default().insert(name, value);
    }

    fn look_up<'m>(message: &'m Self::Message, name: &str) -> Option<&'m str> {
        Some(message.headers.as_ref()?.get(name)?.as_str())
    }

    fn names(message: &Self::Message) -> Vec<&str> {
        message.headers.iter().flat_map(|headers| headers.iter().map(|(name, _)| name.as_ref())).collect()
    }

    fn payload(message: &Self::Message) -> &[u8] {
        &message.payload
    }

    fn start_send(client: &ClientTracer<Self>, headers: &mut Option<HeaderMap>) -> MessageSpan {
        client.send(&Published, &mut NatsHeadersMut::new(headers))
    }

    fn literals(_: Step) -> Vec<KeyValue> {
        Vec::with_capacity(10)
    }

    fn owned(_: Step, _: Option<&Self::Message>) -> Vec<KeyValue> {
        Vec::new()
    }

    fn goals(row: Row) -> Goals {
        asked::goals(row, goals::NATS_INJECT_INSTRUCTIONS)
    }
}
