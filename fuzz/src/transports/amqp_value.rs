//! A value of AMQP, of any type.

use lapin::types::{AMQPValue, DecimalValue, FieldTable, ShortString};

use crate::input::RawHeader;

/// How deep arrays and tables may be nested.
pub(super) const DEPTH: u8 = 50;

/// The value that these bytes are, of the type of this number. Arrays and tables read the bytes as headers again.
pub(super) fn value(kind: u8, bytes: &[u8], depth: u8) -> AMQPValue {
    let mut number = [0; 8];
    number.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    let [first, second, third, fourth, ..] = number;
    let (half, word, long) = (
        u16::from_le_bytes([first, second]),
        u32::from_le_bytes([first, second, third, fourth]),
        u64::from_le_bytes(number),
    );
    let inner = || RawHeader::list(bytes).into_iter();
    match kind % 18 {
        RawHeader::NULL => AMQPValue::Void,
        2 => AMQPValue::ShortString(short(bytes)),
        3 => AMQPValue::ByteArray(bytes.into()),
        4 if depth > 0 => {
            let values: Vec<_> = inner().map(|header| value(header.kind, &header.value, depth - 1)).collect();
            AMQPValue::FieldArray(values.into())
        }
        5 if depth > 0 => {
            let mut table = FieldTable::default();
            for header in inner() {
                table.insert(short(&header.name), value(header.kind, &header.value, depth - 1));
            }
            AMQPValue::FieldTable(table)
        }
        6 => AMQPValue::Boolean(first & 1 == 1),
        7 => AMQPValue::ShortShortInt(first.cast_signed()),
        8 => AMQPValue::ShortShortUInt(first),
        9 => AMQPValue::ShortInt(half.cast_signed()),
        10 => AMQPValue::ShortUInt(half),
        11 => AMQPValue::LongInt(word.cast_signed()),
        12 => AMQPValue::LongUInt(word),
        13 => AMQPValue::LongLongInt(long.cast_signed()),
        14 => AMQPValue::Float(f32::from_bits(word)),
        15 => AMQPValue::Double(f64::from_bits(long)),
        16 => AMQPValue::DecimalValue(DecimalValue { scale: first, value: word }),
        17 => AMQPValue::Timestamp(long),
        _ => AMQPValue::LongString(bytes.into()),
    }
}

/// The text that these bytes are, as much as a short string holds.
fn short(bytes: &[u8]) -> ShortString {
    let text = String::from_utf8_lossy(bytes);
    let end = (0..=text.len().min(255)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    ShortString::try_new(text.get(..end).unwrap_or_default()).unwrap_or_default()
}
