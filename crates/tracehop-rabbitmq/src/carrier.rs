//! AMQP header tables as carriers.

use std::fmt;

use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel};
use tracehop::{Carrier, CarrierError, CarrierMut, HeaderPatch};

use crate::frame;

/// The headers of a message that was got, or of one to be sent.
///
/// Values are strings, long or short, and byte arrays; an array of such is several values. Numbers, tables, timestamps,
/// booleans and voids are none. Nothing here depends on text being UTF-8.
///
/// ```
/// use lapin::types::{AMQPValue, FieldTable};
/// use tracehop::MessagePropagator;
/// use tracehop_rabbitmq::AmqpHeaders;
///
/// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let mut table = FieldTable::default();
/// table.insert("traceparent".into(), AMQPValue::LongString(value.into()));
/// let extracted = MessagePropagator::default().extract(&AmqpHeaders(&table));
/// assert_eq!(extracted.creation.to_string(), value);
/// ```
#[derive(Clone, Copy)]
pub struct AmqpHeaders<'a>(pub &'a FieldTable);

impl<'a> AmqpHeaders<'a> {
    /// The headers among a message's properties. `None` is a carrier too: one without headers.
    pub fn of(properties: &'a BasicProperties) -> Option<Self> {
        properties.headers().as_ref().map(Self)
    }
}

impl fmt::Debug for AmqpHeaders<'_> {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.inner().keys().map(ShortString::as_str)).finish()
    }
}

impl Carrier for AmqpHeaders<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        match self.0.inner().get(name) {
            Some(AMQPValue::FieldArray(array)) => array.as_slice().iter().filter_map(text).for_each(f),
            Some(value) => text(value).into_iter().for_each(f),
            None => {}
        }
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        self.0.inner().keys().for_each(|name| f(name.as_str()));
    }
}

fn text(value: &AMQPValue) -> Option<&[u8]> {
    match value {
        AMQPValue::LongString(text) => Some(text.as_bytes()),
        AMQPValue::ShortString(text) => Some(text.as_str().as_bytes()),
        AMQPValue::ByteArray(bytes) => Some(bytes.as_slice()),
        _ => None,
    }
}

/// The headers of a message to be sent, to write to.
///
/// Values are written as long strings, which every client reads. All other headers stay as they are, whatever their
/// type. A patch that would make the message's header frame longer than the connection allows is refused, for the
/// broker would close the connection over it.
///
/// ```
/// use lapin::BasicProperties;
/// use opentelemetry::Context;
/// use tracehop::{CreationContext, MessagingTracer};
/// use tracehop_rabbitmq::AmqpHeadersMut;
///
/// let stored: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// let mut properties = BasicProperties::default();
/// MessagingTracer::global().inject_context(&stored.to_context(), &mut AmqpHeadersMut::new(&mut properties))?;
/// assert!(properties.headers().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AmqpHeadersMut<'a> {
    properties: &'a mut BasicProperties,
    frame_max: u32,
}

impl<'a> AmqpHeadersMut<'a> {
    /// The headers among `properties`, for a connection with RabbitMQ's usual frames of 131,072 bytes.
    pub fn new(properties: &'a mut BasicProperties) -> Self {
        Self { properties, frame_max: frame::USUAL }
    }

    /// The largest frame of the connection in bytes, if it is not the usual one:
    /// `connection.configuration().frame_max()`.
    #[must_use]
    pub fn frame_max(self, frame_max: u32) -> Self {
        Self { frame_max, ..self }
    }
}

impl fmt::Debug for AmqpHeadersMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AmqpHeaders::of(self.properties).fmt(f)
    }
}

impl Carrier for AmqpHeadersMut<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        AmqpHeaders::of(self.properties).values(name, f);
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        AmqpHeaders::of(self.properties).names(f);
    }
}

impl CarrierMut for AmqpHeadersMut<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        let headers = patched(self.properties, self.properties.headers().as_ref(), patch, || self.frame_max)?;
        *self.properties = std::mem::take(self.properties).with_headers(headers);
        Ok(())
    }
}

/// The headers of a message that a channel is about to send: the properties are only read, so that a span can show
/// them.
pub(crate) struct Outgoing<'a> {
    properties: &'a BasicProperties,
    channel: &'a Channel,
    written: Option<FieldTable>,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(properties: &'a BasicProperties, channel: &'a Channel) -> Self {
        Self { properties, channel, written: None }
    }

    /// The headers to send instead, if there is anything new.
    pub(crate) fn into_written(self) -> Option<FieldTable> {
        self.written
    }

    fn headers(&self) -> Option<&FieldTable> {
        self.written.as_ref().or(self.properties.headers().as_ref())
    }
}

impl Carrier for Outgoing<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        self.headers().map(AmqpHeaders).values(name, f);
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        self.headers().map(AmqpHeaders).names(f);
    }
}

impl CarrierMut for Outgoing<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        let headers = patched(self.properties, self.headers(), patch, || frame::frame_max(self.channel))?;
        self.written = Some(headers);
        Ok(())
    }
}

/// What `patch` makes of `headers`. lapin's table cannot be edited in place, so those that stay are copied.
fn patched(
    properties: &BasicProperties,
    headers: Option<&FieldTable>,
    patch: &HeaderPatch,
    frame_max: impl FnOnce() -> u32,
) -> Result<FieldTable, CarrierError> {
    let mut table = headers.map(|headers| headers.inner().clone()).unwrap_or_default();
    table.retain(|name, _| !patch.owns(name.as_str().as_bytes()));
    let mut length = frame::length(properties, &table);
    for (name, value) in patch.headers() {
        length += frame::text_entry(name, value);
        let key = ShortString::try_new(name)
            .map_err(|_| CarrierError::refused(name.to_owned(), "its name is longer than 255 bytes"))?;
        table.insert(key, AMQPValue::LongString(value.into()));
    }
    let fits = |limit: u32| usize::try_from(limit).is_ok_and(|limit| length <= limit);
    if !fits(frame::LEAST)
        && !fits(frame_max())
        // A patch that only removes headers makes no message too long.
        && let Some((name, _)) = patch.headers().max_by_key(|(_, value)| value.len())
    {
        return Err(CarrierError::refused(name.to_owned(), "the header frame has no room for it"));
    }
    Ok(table.into())
}
