//! Attributes: `KeyValue` and `AnyValue`. Their lengths are cheap to tell beforehand, so nothing of them is ever moved.

use opentelemetry::{Array, StringValue, Value};
use prost::encoding::{WireType, encoded_len_varint};

use super::wire;

/// Writes each attribute as a field of its own, as a repeated field is written.
#[inline]
pub(super) fn attributes<'a>(
    tag: u32,
    all: impl IntoIterator<Item = (&'a str, &'a Value)>,
    out: &mut Vec<u8>,
) {
    for (key, value) in all {
        if let Value::String(text) = value
            && write_short(tag, key, text.as_str(), out)
        {
            continue;
        }
        let len = value_len(value);
        wire::key(tag, WireType::LengthDelimited, out);
        wire::varint((wire::text_len(key) + 1 + wire::delimited_len(len)) as u64, out);
        wire::text(1, key, out);
        wire::key(2, WireType::LengthDelimited, out);
        wire::varint(len as u64, out);
        write_value(value, out);
    }
}

/// Writes an attribute whose lengths all take one byte, as nearly all do, with as few steps as there are texts. Answers `false`
/// if it is none.
#[inline]
fn write_short(tag: u32, key: &str, text: &str, out: &mut Vec<u8>) -> bool {
    // Each length is written before what it is of: that of the key, of the text, of the `AnyValue` and of all.
    let all = key.len() + text.len() + 6;
    let lengths = [all, key.len(), text.len() + 2, text.len()].map(u8::try_from);
    let [Ok(all @ ..0x80), Ok(of_key @ 1..), Ok(of_value), Ok(of_text)] = lengths else { return false };
    wire::key(tag, WireType::LengthDelimited, out);
    out.extend_from_slice(&[all, 0x0a, of_key]);
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(&[0x12, of_value, 0x0a, of_text]);
    out.extend_from_slice(text.as_bytes());
    true
}

/// An `AnyValue` says which kind it holds by the field that is there, so its fields are written also if they are false, 0 or
/// empty.
fn value_len(value: &Value) -> usize {
    match value {
        Value::Bool(_) => BOOL,
        Value::I64(number) => i64_len(*number),
        Value::F64(_) => F64,
        Value::String(text) => text_len(text.as_str()),
        Value::Array(array) => match array_len(array) {
            Some(len) => 1 + wire::delimited_len(len),
            None => text_len(&value.to_string()),
        },
        _ => text_len(&value.to_string()),
    }
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Bool(flag) => write_bool(*flag, out),
        Value::I64(number) => write_i64(*number, out),
        Value::F64(number) => write_f64(*number, out),
        Value::String(text) => wire::bytes(STRING_VALUE, text.as_str().as_bytes(), out),
        Value::Array(array) => match array_len(array) {
            Some(len) => write_array(array, len, out),
            None => wire::bytes(STRING_VALUE, value.to_string().as_bytes(), out),
        },
        // A kind that this version does not know: its text is better than nothing, and than a panic.
        _ => wire::bytes(STRING_VALUE, value.to_string().as_bytes(), out),
    }
}

/// The length of an `ArrayValue`; none for a kind that this version does not know.
fn array_len(array: &Array) -> Option<usize> {
    Some(match array {
        Array::Bool(flags) => flags.len() * (1 + wire::delimited_len(BOOL)),
        Array::I64(numbers) => numbers.iter().map(|number| 1 + wire::delimited_len(i64_len(*number))).sum(),
        Array::F64(numbers) => numbers.len() * (1 + wire::delimited_len(F64)),
        Array::String(texts) => {
            texts.iter().map(|text| 1 + wire::delimited_len(text_len(text.as_str()))).sum()
        }
        _ => return None,
    })
}

fn write_array(array: &Array, len: usize, out: &mut Vec<u8>) {
    wire::key(ARRAY_VALUE, WireType::LengthDelimited, out);
    wire::varint(len as u64, out);
    match array {
        Array::Bool(flags) => elements(flags, |_| BOOL, |flag, out| write_bool(*flag, out), out),
        Array::I64(numbers) => {
            elements(numbers, |number| i64_len(*number), |number, out| write_i64(*number, out), out);
        }
        Array::F64(numbers) => elements(numbers, |_| F64, |number, out| write_f64(*number, out), out),
        Array::String(texts) => {
            let write = |text: &StringValue, out: &mut Vec<u8>| {
                wire::bytes(STRING_VALUE, text.as_str().as_bytes(), out);
            };
            elements(texts, |text| text_len(text.as_str()), write, out);
        }
        // `array_len` has no length for it.
        _ => {}
    }
}

fn elements<T>(all: &[T], len: impl Fn(&T) -> usize, write: impl Fn(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
    for element in all {
        wire::key(1, WireType::LengthDelimited, out);
        wire::varint(len(element) as u64, out);
        write(element, out);
    }
}

const STRING_VALUE: u32 = 1;
const BOOL_VALUE: u32 = 2;
const INT_VALUE: u32 = 3;
const DOUBLE_VALUE: u32 = 4;
const ARRAY_VALUE: u32 = 5;

/// Bytes of a bool, and of a double, with its key.
const BOOL: usize = 2;
const F64: usize = 9;

fn i64_len(number: i64) -> usize {
    1 + encoded_len_varint(number.cast_unsigned())
}

fn text_len(text: &str) -> usize {
    1 + wire::delimited_len(text.len())
}

fn write_bool(flag: bool, out: &mut Vec<u8>) {
    wire::key(BOOL_VALUE, WireType::Varint, out);
    out.push(u8::from(flag));
}

fn write_i64(number: i64, out: &mut Vec<u8>) {
    wire::key(INT_VALUE, WireType::Varint, out);
    wire::varint(number.cast_unsigned(), out);
}

fn write_f64(number: f64, out: &mut Vec<u8>) {
    wire::key(DOUBLE_VALUE, WireType::SixtyFourBit, out);
    out.extend_from_slice(&number.to_le_bytes());
}
