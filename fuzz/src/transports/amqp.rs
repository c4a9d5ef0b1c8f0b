//! AMQP's tables of headers.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use tracehop::{Carrier, CarrierError};
use tracehop_rabbitmq::{AmqpHeaders, AmqpHeadersMut};

use super::amqp_value::{DEPTH, value};
use super::{Edit, Held, Transport};
use crate::input::RawHeader;

/// On a connection with the smallest frames that AMQP allows, so that there is not always room.
pub(crate) struct Amqp(BasicProperties);

const FRAME_MAX: u32 = 4_096;

impl Transport for Amqp {
    const ORDERED: bool = false;

    /// A name that stands more than once becomes an array.
    fn build(headers: &[RawHeader]) -> Self {
        let mut values = BTreeMap::<ShortString, Vec<AMQPValue>>::new();
        for header in headers {
            let Some(Ok(name)) = header.name_text().map(ShortString::try_new) else { continue };
            values.entry(name).or_default().push(value(header.kind, &header.value, DEPTH));
        }
        let one = |mut values: Vec<AMQPValue>| match values.len() {
            1 => values.pop().unwrap_or(AMQPValue::Void),
            _ => AMQPValue::FieldArray(values.into()),
        };
        let table: BTreeMap<_, _> = values.into_iter().map(|(name, values)| (name, one(values))).collect();
        let properties = BasicProperties::default();
        Self(if headers.is_empty() { properties } else { properties.with_headers(table.into()) })
    }

    fn carrier(&self) -> impl Carrier + '_ {
        AmqpHeaders::of(&self.0)
    }

    fn edit(&mut self, edit: Edit<'_>) -> Result<(), CarrierError> {
        edit(&mut AmqpHeadersMut::new(&mut self.0).frame_max(FRAME_MAX))
    }

    fn dump(&self) -> Vec<Held> {
        let held = |value: &AMQPValue| match value {
            AMQPValue::LongString(text) => text.as_bytes().to_vec(),
            // Told apart from text by how it is printed.
            other => format!("{other:?}").into_bytes(),
        };
        let table = self.0.headers().iter().flat_map(FieldTable::inner);
        table.map(|(name, value)| (name.as_str().into(), Some(held(value)))).collect()
    }

    fn may_refuse(&self) -> bool {
        true
    }
}
