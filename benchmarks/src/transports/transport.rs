//! What is different on each broker: the headers, the messages, and what their spans say.

use opentelemetry::KeyValue;
use tracehop::{CarrierMut, ClientTracer, Inbound, MessageSpan, MessagingSystem};

use crate::case::Goals;
use crate::mode::Mode;

/// Which half of a hop a span is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send,
    Process,
}

/// A broker's client, as far as it takes part without a broker.
pub(crate) trait Transport: MessagingSystem + Sized {
    /// As rows of the table name it.
    const LABEL: &'static str;
    const HEADERS_GROUP: &'static str;
    const HOPS_GROUP: &'static str;
    /// Where messages go to, and the names of the two spans.
    const DESTINATION: &'static str;
    const SEND: &'static str;
    const PROCESS: &'static str;

    /// What the headers of a message to be sent are in.
    type Headers: Default + 'static;
    /// tracehop's view of them.
    type Carrier<'h>: CarrierMut;
    /// A message that was received, as the adapter has it.
    type Message: Inbound<Self> + 'static;

    fn carrier(headers: &mut Self::Headers) -> Self::Carrier<'_>;

    /// A message with these headers, whose adapter knows where it was subscribed.
    fn message(headers: Self::Headers, client: &ClientTracer<Self>) -> Self::Message;

    /// The floor's header: one constant value under a constant name, in new headers.
    fn put_constant(value: &'static str) -> Self::Headers;

    /// One header more, written with care: nothing is copied that need not be.
    fn put(headers: &mut Self::Headers, name: &str, value: &str);

    /// The first value of a header, by the client's own means.
    fn look_up<'m>(message: &'m Self::Message, name: &str) -> Option<&'m str>;

    fn names(message: &Self::Message) -> Vec<&str>;

    fn payload(message: &Self::Message) -> &[u8];

    /// The span of a send, as the adapter starts it.
    fn start_send(client: &ClientTracer<Self>, headers: &mut Self::Headers) -> MessageSpan;

    /// What only this broker's spans say, from literals.
    fn literals(step: Step) -> Vec<KeyValue>;

    /// The same from the message, as people write it.
    fn owned(step: Step, message: Option<&Self::Message>) -> Vec<KeyValue>;

    fn goals(row: Row) -> Goals;
}

/// The rows that have goals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Inject,
    Extract,
    Send(Mode),
    Receive(Mode),
}
