//! AMQP header tables as carriers.

use std::fmt;

use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel};
use tracehop::{
    Carrier, CarrierError, CarrierErrorKind, CarrierMut, HeaderNames, HeaderPatch, Room, Transport,
};

use crate::frame;

/// What AMQP does to headers: they are a table.
const TRANSPORT: Transport = Transport::MAP.with_cloud_events_prefix("cloudEvents_");

/// The headers of a message that was received, or of one to be sent.
///
/// Long strings, short strings and byte arrays are read as values, and an array of these as several values. Numbers,
/// tables, timestamps, booleans and voids are not values. Text need not be UTF-8.
///
/// ```
/// use lapin::types::{AMQPValue, FieldTable};
/// use tracehop::MessagePropagator;
/// use tracehop_rabbitmq::AmqpHeaders;
///
/// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let mut table = FieldTable::default();
/// table.insert("traceparent".into(), AMQPValue::LongString(value.into()));
/// let extracted = MessagePropagator::default().extract(&AmqpHeaders::new(&table));
/// assert_eq!(extracted.creation.to_string(), value);
/// ```
#[derive(Clone, Copy)]
pub struct AmqpHeaders<'a>(&'a FieldTable);

impl<'a> AmqpHeaders<'a> {
    /// These headers.
    pub fn new(headers: &'a FieldTable) -> Self {
        Self(headers)
    }

    /// The headers among a message's properties. `None` is a carrier too: a message without headers.
    pub fn of(properties: &'a BasicProperties) -> Option<Self> {
        properties.headers().as_ref().map(Self)
    }
}

impl fmt::Debug for AmqpHeaders<'_> {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HeaderNames(self).fmt(f)
    }
}

impl Carrier for AmqpHeaders<'_> {
    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }

    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        for (name, value) in self.0.inner() {
            let name = name.as_str().as_bytes();
            match value {
                AMQPValue::FieldArray(array) if !array.as_slice().is_empty() => {
                    array.as_slice().iter().for_each(|value| f(name, text(value)));
                }
                value => f(name, text(value)),
            }
        }
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
/// type. A patch that would make the message's header frame longer than the connection allows is refused,
/// because the broker would close the connection over it.
///
/// ```
/// use lapin::BasicProperties;
/// use opentelemetry::Context;
/// use tracehop::{CreationContext, MessagingTracer};
/// use tracehop_rabbitmq::AmqpHeadersMut;
///
/// let stored: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// let mut properties = BasicProperties::default();
/// MessagingTracer::global().inject_creation(&stored, &mut AmqpHeadersMut::new(&mut properties))?;
/// assert!(properties.headers().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AmqpHeadersMut<'a> {
    properties: &'a mut BasicProperties,
    frame_max: usize,
}

impl<'a> AmqpHeadersMut<'a> {
    /// The headers among `properties`, for a connection with RabbitMQ's usual frames of 131,072 bytes.
    pub fn new(properties: &'a mut BasicProperties) -> Self {
        Self { properties, frame_max: frame::DEFAULT_FRAME_MAX }
    }

    /// The largest frame of the connection in bytes, if it is not the usual one:
    /// `connection.configuration().frame_max()`.
    #[must_use]
    pub fn frame_max(self, frame_max: u32) -> Self {
        Self { frame_max: usize::try_from(frame_max).unwrap_or(usize::MAX), ..self }
    }
}

impl fmt::Debug for AmqpHeadersMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AmqpHeaders::of(self.properties).fmt(f)
    }
}

impl Carrier for AmqpHeadersMut<'_> {
    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }

    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        AmqpHeaders::of(self.properties).for_each(f);
    }
}

impl CarrierMut for AmqpHeadersMut<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        let headers = patched(self.properties, self.properties.headers().as_ref(), patch, || self.frame_max)?;
        *self.properties = std::mem::take(self.properties).with_headers(headers);
        Ok(())
    }
}

/// The headers of a message that a channel is about to send. The properties are only read, so that a span can show them.
pub(crate) struct OutgoingHeaders<'a> {
    pub(crate) properties: &'a BasicProperties,
    pub(crate) channel: &'a Channel,
    /// The headers to send in place of the message's own, if anything was written.
    pub(crate) written: Option<FieldTable>,
}

impl OutgoingHeaders<'_> {
    fn headers(&self) -> Option<&FieldTable> {
        self.written.as_ref().or(self.properties.headers().as_ref())
    }
}

impl Carrier for OutgoingHeaders<'_> {
    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }

    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.headers().map(AmqpHeaders).for_each(f);
    }
}

impl CarrierMut for OutgoingHeaders<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        let headers = patched(self.properties, self.headers(), patch, || frame::frame_max(self.channel))?;
        self.written = Some(headers);
        Ok(())
    }
}

/// What `patch` makes of `headers`. lapin's table cannot be edited in place, so the headers that stay are copied.
fn patched(
    properties: &BasicProperties,
    headers: Option<&FieldTable>,
    patch: &HeaderPatch,
    frame_max: impl FnOnce() -> usize,
) -> Result<FieldTable, CarrierError> {
    let mut table = headers.map(|headers| headers.inner().clone()).unwrap_or_default();
    table.retain(|name, _| !patch.owns(name.as_str().as_bytes()));
    let kept = || frame::length(properties, &table);
    let lacks = |frame_max| Room::Bytes(frame_max).lacks(patch, frame::text_entry, kept);
    // Nearly every message fits into the smallest frame that there can be. The connection's limit is only asked for if the
    // message does not.
    if let Some(name) = lacks(frame::MIN_FRAME_MAX).and_then(|_| lacks(frame_max())) {
        return Err(CarrierError::new(
            CarrierErrorKind::Room,
            name.to_owned(),
            "the header frame has no room for it",
        ));
    }
    for (name, value) in patch.headers() {
        let key = ShortString::try_new(name).map_err(|_| {
            CarrierError::new(CarrierErrorKind::Name, name.to_owned(), "its name is longer than 255 bytes")
        })?;
        table.insert(key, AMQPValue::LongString(value.into()));
    }
    Ok(table.into())
}
