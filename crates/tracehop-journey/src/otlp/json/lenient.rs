//! Parts of messages, as senders write them.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);

/// What is there, or the default for `null`.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// What has the shape `J`, as a `T`, if it is not `null`.
pub(super) fn optional<'de, D, J, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    Ok(Option::<J>::deserialize(deserializer)?.map(Into::into))
}

/// A list of what has the shape `J`, as `T`s. Each is converted before the next is read, so that there is one list only.
pub(crate) fn list<'de, D, J, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    struct List<J, T>(PhantomData<(J, T)>);

    impl<'de, J: Deserialize<'de> + Into<T>, T> Visitor<'de> for List<J, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut read = Vec::new();
            while let Some(item) = list.next_element::<J>()? {
                read.push(item.into());
            }
            Ok(read)
        }
    }

    deserializer.deserialize_any(List::<J, T>(PhantomData))
}

/// Bytes in hex or base64. OTLP wants ids in hex, the JSON of protobuf wants base64, and the length tells which it is.
/// What is neither is empty.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = nullable::<_, String>(deserializer)?;
    Ok(match text.len() {
        16 | 32 => from_hex(&text).unwrap_or_default(),
        _ => from_base64(&text).unwrap_or_default(),
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// A whole number, maybe in a string.
pub(crate) fn number<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + TryFrom<i128>,
{
    let Some(number) = deserializer.deserialize_any(Number)? else { return Ok(T::default()) };
    T::try_from(number).map_err(|_| Error::custom(format_args!("the number {number} is out of range")))
}

struct Number;

impl Visitor<'_> for Number {
    type Value = Option<i128>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and no field holds so much")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        if number.fract() == 0.0 {
            Ok(Some(number as i128))
        } else {
            Err(E::custom("a whole number was expected"))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| E::custom("a whole number was expected in the string"))
    }
}

/// A number with a fraction, maybe in a string, which may say `NaN`, `Infinity` or `-Infinity`.
pub(super) struct Double(pub(super) f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DoubleVisitor).map(Self)
    }
}

struct DoubleVisitor;

#[expect(clippy::cast_precision_loss, reason = "a sender who writes 1 for 1.0 means so")]
impl Visitor<'_> for DoubleVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        text.parse().map_err(|_| E::custom("a number was expected in the string"))
    }
}

/// A whole number of 64 bits, maybe in a string.
pub(super) struct Whole(pub(super) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number(deserializer).map(Self)
    }
}

/// What the numbers of an enum are called.
pub(super) trait Enum {
    fn number(name: &str) -> Option<i32>;
}

/// A value of an enum: its number, or its name. Names that are not known are the default, as numbers are that a later
/// version adds.
pub(super) fn enumeration<'de, D: Deserializer<'de>, T: Enum>(deserializer: D) -> Result<i32, D::Error> {
    struct EnumVisitor<T>(PhantomData<T>);

    impl<T: Enum> Visitor<'_> for EnumVisitor<T> {
        type Value = i32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the number or the name of an enum's value")
        }

        fn visit_unit<E: Error>(self) -> Result<i32, E> {
            Ok(0)
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<i32, E> {
            Ok(i32::try_from(number).unwrap_or_default())
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<i32, E> {
            Ok(i32::try_from(number).unwrap_or_default())
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<i32, E> {
            Ok(T::number(name).or_else(|| name.parse().ok()).unwrap_or_default())
        }
    }

    deserializer.deserialize_any(EnumVisitor::<T>(PhantomData))
}
