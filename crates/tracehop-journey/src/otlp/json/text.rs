//! Texts.

use serde::de::{Deserialize, Deserializer};

use super::scalar::Scalar;

/// A text; empty if there is none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    optional_text(deserializer).map(Option::unwrap_or_default)
}

/// A text, if there is one. Numbers and truths are the text that says them.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Nothing => None,
        Scalar::Truth(truth) => Some(truth.to_string()),
        Scalar::Whole(number) => Some(number.to_string()),
        Scalar::Fraction(number) => Some(number.to_string()),
        Scalar::Text(text) => Some(text.into_owned()),
    })
}
