//! Fields of a protobuf message that somebody else wrote: any bytes may come.

use prost::encoding::{WireType, decode_key, decode_varint};

/// What a field holds, of the kinds that answers have.
pub(super) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The message ends in the middle of a field, or is no message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Hands each field with its number to `found`.
pub(super) fn fields<'a>(
    mut message: &'a [u8],
    mut found: impl FnMut(u32, Field<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    while !message.is_empty() {
        let (tag, field, rest) = first_field(message)?;
        message = rest;
        found(tag, field)?;
    }
    Ok(())
}

/// The first field with its number, and what comes after it.
pub(super) fn first_field(mut message: &[u8]) -> Result<(u32, Field<'_>, &[u8]), Unreadable> {
    let (tag, wire_type) = decode_key(&mut message).map_err(|_| Unreadable)?;
    let len = match wire_type {
        WireType::Varint => {
            let number = decode_varint(&mut message).map_err(|_| Unreadable)?;
            return Ok((tag, Field::Number(number), message));
        }
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::LengthDelimited => {
            let len = decode_varint(&mut message).map_err(|_| Unreadable)?;
            usize::try_from(len).map_err(|_| Unreadable)?
        }
        // Groups have been deprecated since before OTLP was written.
        WireType::StartGroup | WireType::EndGroup => return Err(Unreadable),
    };
    let (bytes, rest) = message.split_at_checked(len).ok_or(Unreadable)?;
    let is_bytes = wire_type == WireType::LengthDelimited;
    Ok((tag, if is_bytes { Field::Bytes(bytes) } else { Field::Other }, rest))
}
