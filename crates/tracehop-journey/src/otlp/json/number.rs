//! Numbers and truths. OTLP wants 64 bits in a string, and senders write either.

use serde::de::{Deserialize, Deserializer};

use super::scalar::Scalar;

/// A whole number; 0 if there is none that the field can hold. A fraction is cut off.
pub(crate) fn number<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + TryFrom<i128>,
{
    let whole = whole(Scalar::deserialize(deserializer)?);
    Ok(whole.and_then(|it| T::try_from(it).ok()).unwrap_or_default())
}

/// A whole number, if there is one that the field can hold. With a fraction it is none: the value would be another one.
pub(super) fn optional_number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    let whole = match Scalar::deserialize(deserializer)? {
        Scalar::Fraction(number) if number.fract() != 0.0 => None,
        other => whole(other),
    };
    Ok(whole.and_then(|it| T::try_from(it).ok()))
}

fn whole(scalar: Scalar<'_>) -> Option<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and no field holds so much")]
    match scalar {
        Scalar::Whole(number) => Some(number),
        Scalar::Fraction(number) => Some(number as i128),
        Scalar::Text(text) => text.parse().ok(),
        Scalar::Nothing | Scalar::Truth(_) => None,
    }
}

/// A number with a fraction, if there is one. A string may say `NaN`, `Infinity` or `-Infinity`.
#[expect(clippy::cast_precision_loss, reason = "a sender who writes 1 for 1.0 means so")]
pub(super) fn optional_double<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Whole(number) => Some(number as f64),
        Scalar::Fraction(number) => Some(number),
        Scalar::Text(text) => text.parse().ok(),
        Scalar::Nothing | Scalar::Truth(_) => None,
    })
}

/// Whether it is true, if that is said.
pub(super) fn optional_truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Truth(truth) => Some(truth),
        Scalar::Text(text) => text.parse().ok(),
        Scalar::Nothing | Scalar::Whole(_) | Scalar::Fraction(_) => None,
    })
}
