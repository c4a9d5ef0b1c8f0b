//! How much room a message's headers have.
//!
//! All properties of a message go over the wire in one frame, the content header. If it is longer than the connection's
//! `frame_max`, the broker closes the connection, and everything else on the connection is lost with it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use lapin::types::{AMQPValue, ShortString};
use lapin::{BasicProperties, Channel};

/// The smallest `frame_max` that AMQP 0-9-1 lets a peer ask for.
pub(crate) const MIN_FRAME_MAX: usize = 4096;

/// The `frame_max` that RabbitMQ asks for unless it is configured otherwise.
pub(crate) const DEFAULT_FRAME_MAX: usize = 131_072;

/// The bytes that every content header has: frame type, channel, length and end mark; class, weight, body size and
/// property flags.
const FIXED: usize = 8 + 14;

/// The bytes of a content header with these properties, but with `table` in place of their headers.
pub(crate) fn length(properties: &BasicProperties, table: &Table) -> usize {
    let texts = [
        properties.content_type(),
        properties.content_encoding(),
        properties.correlation_id(),
        properties.reply_to(),
        properties.expiration(),
        properties.message_id(),
        properties.kind(),
        properties.user_id(),
        properties.app_id(),
        properties.cluster_id(),
    ];
    let texts: usize = texts.into_iter().flatten().map(short).sum();
    let numbers = [properties.delivery_mode(), properties.priority()].into_iter().flatten().count();
    FIXED + texts + numbers + properties.timestamp().map_or(0, |_| 8) + entries(table)
}

/// The map that lapin's tables hold.
pub(crate) type Table = BTreeMap<ShortString, AMQPValue>;

/// The bytes of a table. It does not recurse: how deep tables are nested is the sender's to choose.
fn entries(table: &Table) -> usize {
    let mut nested = Vec::new();
    let mut length = shallow_table(table, &mut nested);
    while let Some(value) = nested.pop() {
        length += match value {
            AMQPValue::FieldArray(array) => {
                array.as_slice().iter().map(|value| shallow(value, &mut nested)).sum()
            }
            AMQPValue::FieldTable(table) => shallow_table(table.inner(), &mut nested),
            _ => 0,
        };
    }
    length
}

/// The bytes of a table, but for what is in the tables and arrays in it, which are added to `nested`.
fn shallow_table<'v>(table: &'v Table, nested: &mut Vec<&'v AMQPValue>) -> usize {
    4 + table.iter().map(|(name, content)| short(name) + shallow(content, nested)).sum::<usize>()
}

/// The bytes of an entry whose value is a long string.
pub(crate) fn text_entry(name: &str, text: &[u8]) -> usize {
    1 + name.len() + 5 + text.len()
}

fn short(text: &ShortString) -> usize {
    1 + text.as_str().len()
}

/// The bytes of a value, with its type, but for what is in a table or an array, which is added to `nested`.
fn shallow<'v>(value: &'v AMQPValue, nested: &mut Vec<&'v AMQPValue>) -> usize {
    1 + match value {
        AMQPValue::Void => 0,
        AMQPValue::Boolean(_) | AMQPValue::ShortShortInt(_) | AMQPValue::ShortShortUInt(_) => 1,
        AMQPValue::ShortInt(_) | AMQPValue::ShortUInt(_) => 2,
        AMQPValue::LongInt(_) | AMQPValue::LongUInt(_) | AMQPValue::Float(_) => 4,
        AMQPValue::DecimalValue(_) => 5,
        AMQPValue::LongLongInt(_) | AMQPValue::Double(_) | AMQPValue::Timestamp(_) => 8,
        AMQPValue::ShortString(text) => short(text),
        AMQPValue::LongString(text) => 4 + text.len(),
        AMQPValue::ByteArray(bytes) => 4 + bytes.len(),
        AMQPValue::FieldArray(_) => {
            nested.push(value);
            4
        }
        AMQPValue::FieldTable(_) => {
            nested.push(value);
            0
        }
    }
}

/// The `frame_max` that the channel's connection has negotiated.
///
/// lapin tells it only of a connection, and a channel does not give its connection away. The channel's `Debug` output
/// contains it. If lapin changes that output, [`MIN_FRAME_MAX`] is used, which is always safe. This is only called for a
/// message whose headers are longer than that.
pub(crate) fn frame_max(channel: &Channel) -> usize {
    let mut beginning = Beginning(String::with_capacity(Beginning::ENOUGH));
    // Writing fails when enough was written, so that the rest is never formatted.
    let _ = write!(beginning, "{channel:?}");
    number_after("frame_max: ", &beginning.0).unwrap_or(MIN_FRAME_MAX)
}

/// Keeps the first characters of what is written to it.
struct Beginning(String);

impl Beginning {
    const ENOUGH: usize = 160;
}

impl fmt::Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        if self.0.len() < Self::ENOUGH { Ok(()) } else { Err(fmt::Error) }
    }
}

fn number_after(label: &str, text: &str) -> Option<usize> {
    let (_, rest) = text.split_once(label)?;
    // A number that ends with the text may have been cut short.
    let (number, _) = rest.split_once(|character: char| !character.is_ascii_digit())?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use amq_protocol::frame::{AMQPContentHeader, AMQPFrame, WriteContext, gen_frame};
    use lapin::types::{DecimalValue, FieldArray, FieldTable};

    use super::*;

    /// As lapin writes it.
    fn written(properties: &BasicProperties) -> usize {
        let header = AMQPContentHeader { class_id: 60, body_size: 1, properties: properties.clone() };
        let mut buffer = vec![0; 1 << 20];
        let start = WriteContext::from(std::io::Cursor::new(&mut buffer[..]));
        let end = gen_frame(&AMQPFrame::Header(1, header))(start).unwrap();
        usize::try_from(end.position).unwrap()
    }

    #[track_caller]
    fn check(properties: &BasicProperties) {
        let table = properties.headers().clone().unwrap_or_default();
        // A message that has no headers at all is shorter than one that has none in its table.
        let expected = written(&properties.clone().with_headers(table.clone()));
        assert_eq!(length(properties, table.inner()), expected, "{properties:?}");
    }

    #[test]
    fn every_kind_of_value_is_as_long_as_lapin_writes_it() {
        let values = [
            AMQPValue::Boolean(true),
            AMQPValue::ShortShortInt(-1),
            AMQPValue::ShortShortUInt(1),
            AMQPValue::ShortInt(-1),
            AMQPValue::ShortUInt(1),
            AMQPValue::LongInt(-1),
            AMQPValue::LongUInt(1),
            AMQPValue::LongLongInt(-1),
            AMQPValue::Float(1.0),
            AMQPValue::Double(1.0),
            AMQPValue::DecimalValue(DecimalValue { scale: 2, value: 314 }),
            AMQPValue::ShortString("short".into()),
            AMQPValue::LongString("long".into()),
            AMQPValue::Timestamp(1),
            AMQPValue::ByteArray(vec![1, 2, 3].into()),
            AMQPValue::Void,
        ];
        let mut nested = FieldTable::default();
        for (index, value) in values.iter().enumerate() {
            nested.insert(format!("value-{index}").into(), value.clone());
            let mut table = FieldTable::default();
            table.insert("header".into(), value.clone());
            check(&BasicProperties::default().with_headers(table));
        }
        let array = FieldArray::from([&values[..], &[AMQPValue::FieldTable(nested.clone())]].concat());
        nested.insert("array".into(), AMQPValue::FieldArray(array));
        check(&BasicProperties::default().with_headers(nested));
    }

    /// Tables and arrays in one another, so many of them.
    fn nested(depth: u32) -> FieldTable {
        let mut table = FieldTable::default();
        for level in 0..depth {
            let mut outer = FieldTable::default();
            let inner = AMQPValue::FieldTable(std::mem::take(&mut table));
            let inner = if level % 2 == 0 { inner } else { AMQPValue::FieldArray(vec![inner].into()) };
            outer.insert("nested".into(), inner);
            outer.insert("level".into(), AMQPValue::LongUInt(level));
            table = outer;
        }
        table
    }

    #[test]
    fn nested_tables_are_as_long_as_lapin_writes_them() {
        for depth in [1, 2, 3, 100] {
            check(&BasicProperties::default().with_headers(nested(depth)));
        }
    }

    #[test]
    fn tables_are_measured_that_lapin_could_neither_write_nor_drop() {
        let deep = std::mem::ManuallyDrop::new(nested(100_000));
        let innermost = 4;
        let two_levels = entries(nested(2).inner()) - innermost;
        assert_eq!(entries(deep.inner()), innermost + 50_000 * two_levels);
    }

    #[test]
    fn every_property_is_as_long_as_lapin_writes_it() {
        let none = BasicProperties::default;
        let each = [
            none(),
            none().with_content_type("a".into()),
            none().with_content_encoding("ab".into()),
            none().with_headers(FieldTable::default()),
            none().with_delivery_mode(2),
            none().with_priority(1),
            none().with_correlation_id("abc".into()),
            none().with_reply_to("abcd".into()),
            none().with_expiration("60000".into()),
            none().with_message_id("abcdef".into()),
            none().with_timestamp(1),
            none().with_type("abcdefg".into()),
            none().with_user_id("guest".into()),
            none().with_app_id("abcdefgh".into()),
            none().with_cluster_id("".into()),
        ];
        each.iter().for_each(check);
    }

    #[test]
    fn the_frame_size_is_found_in_what_a_channel_prints() {
        let find = |text| number_after("frame_max: ", text);
        assert_eq!(
            find("Channel { id: 1, configuration: Configuration { frame_max: 8192, heart"),
            Some(8192)
        );
        assert_eq!(find("Configuration { frame_max: 81"), None);
        assert_eq!(find("Configuration { frame_max: , heartbeat: 60"), None);
        assert_eq!(find("Channel"), None);
    }
}
