//! A message that is to be published with others.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;
use tracehop::Templates;

use crate::describe::PublishedMessage;

/// A message for [`TracedChannel::publish_all`](crate::TracedChannel::publish_all): what
/// [`basic_publish`](crate::TracedChannel::basic_publish) takes for one message.
///
/// ```
/// use lapin::BasicProperties;
/// use lapin::options::BasicPublishOptions;
/// use tracehop_rabbitmq::OutgoingMessage;
///
/// // To the queue `orders`, through the default exchange.
/// let order = OutgoingMessage::new("", "orders", b"{}");
/// // The payload may be owned too.
/// let paid = OutgoingMessage::new("shop", "order.paid", vec![b'{', b'}'])
///     .with_options(BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() })
///     .with_properties(BasicProperties::default().with_delivery_mode(2));
/// assert_eq!((order.exchange(), paid.routing_key()), ("", "order.paid"));
/// ```
#[derive(Clone)]
pub struct OutgoingMessage<'a> {
    pub(crate) exchange: ShortString,
    pub(crate) routing_key: ShortString,
    pub(crate) options: BasicPublishOptions,
    pub(crate) payload: Cow<'a, [u8]>,
    pub(crate) properties: BasicProperties,
}

impl<'a> OutgoingMessage<'a> {
    /// A message with default options and without properties. The payload is borrowed or owned.
    pub fn new(
        exchange: impl Into<ShortString>,
        routing_key: impl Into<ShortString>,
        payload: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        Self {
            exchange: exchange.into(),
            routing_key: routing_key.into(),
            options: BasicPublishOptions::default(),
            payload: payload.into(),
            properties: BasicProperties::default(),
        }
    }

    /// The same message with these options, for example `mandatory`.
    #[must_use]
    pub fn with_options(self, options: BasicPublishOptions) -> Self {
        Self { options, ..self }
    }

    /// The same message with these properties. Context is added to their headers when the message is published.
    #[must_use]
    pub fn with_properties(self, properties: BasicProperties) -> Self {
        Self { properties, ..self }
    }

    /// The exchange that the message goes to.
    pub fn exchange(&self) -> &str {
        self.exchange.as_str()
    }

    /// The message's routing key.
    pub fn routing_key(&self) -> &str {
        self.routing_key.as_str()
    }

    /// The same message with a borrowed payload.
    pub(crate) fn borrowed(&self) -> OutgoingMessage<'_> {
        OutgoingMessage {
            exchange: self.exchange.clone(),
            routing_key: self.routing_key.clone(),
            options: self.options,
            payload: Cow::Borrowed(&self.payload),
            properties: self.properties.clone(),
        }
    }

    pub(crate) fn view<'m>(&'m self, templates: &'m Templates) -> PublishedMessage<'m> {
        PublishedMessage {
            exchange: self.exchange.as_str(),
            routing_key: self.routing_key.as_str(),
            templates,
            payload: &self.payload,
            properties: &self.properties,
            place: OnceCell::new(),
        }
    }

    /// Whether the broker may return it.
    pub(crate) fn may_return(&self) -> bool {
        self.options.mandatory || self.options.immediate
    }
}

impl fmt::Debug for OutgoingMessage<'_> {
    /// Leaves payload and properties out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMessage")
            .field("exchange", &self.exchange())
            .field("routing_key", &self.routing_key())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
