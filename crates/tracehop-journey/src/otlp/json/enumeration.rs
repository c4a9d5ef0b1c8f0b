//! Values of enums.

use serde::de::{Deserialize, Deserializer};

use super::scalar::Scalar;

/// What the numbers of an enum are called.
pub(super) trait Enum {
    fn number(name: &str) -> Option<i32>;
}

/// A value of an enum: its number, or its name. Names that are not known are the default, as numbers are that a later
/// version adds.
pub(super) fn enumeration<'de, D: Deserializer<'de>, T: Enum>(deserializer: D) -> Result<i32, D::Error> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and no enum has such a number")]
    let number = match Scalar::deserialize(deserializer)? {
        Scalar::Whole(number) => i32::try_from(number).ok(),
        Scalar::Fraction(number) => Some(number as i32),
        Scalar::Text(name) => T::number(&name).or_else(|| name.parse().ok()),
        Scalar::Nothing | Scalar::Truth(_) => None,
    };
    Ok(number.unwrap_or_default())
}
