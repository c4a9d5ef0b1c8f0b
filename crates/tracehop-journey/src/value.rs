//! Attributes as journeys keep them.

use std::borrow::Cow;
use std::fmt;

use crate::text;

/// The value of an attribute. Strings are cut at 1,024 bytes.
///
/// What is neither a string nor a number nor a truth, such as an array, is kept as text in JSON.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A truth.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A number with a fraction.
    F64(f64),
    /// A string.
    Text(Box<str>),
    /// An array, a map or bytes, as text in JSON.
    Json(Box<str>),
}

/// One attribute of a span, an event, a resource or a scope.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attribute {
    /// Its name, cut at 256 bytes.
    pub key: Cow<'static, str>,
    /// Its value.
    pub value: Value,
}

impl Value {
    /// A string, cut at 1,024 bytes.
    pub fn text(text: &str) -> Self {
        Self::Text(text::head(text, text::MAX_VALUE).into())
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as text, whatever it is.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Json(text) => Cow::Borrowed(text),
            Self::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Self::I64(number) => Cow::Owned(number.to_string()),
            Self::F64(number) => Cow::Owned(number.to_string()),
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => text::allocated(text.len()),
            Self::Bool(_) | Self::I64(_) | Self::F64(_) => 0,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl Attribute {
    /// An attribute. The key is cut at 256 bytes; keys that the semantic conventions name take no memory.
    pub fn new(key: &str, value: Value) -> Self {
        let key = match crate::semconv::common(key) {
            Some(common) => Cow::Borrowed(common),
            None => Cow::Owned(text::head(key, text::MAX_NAME).to_owned()),
        };
        Self { key, value }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let key = match &self.key {
            Cow::Borrowed(_) => 0,
            Cow::Owned(key) => text::allocated(key.capacity()),
        };
        key + self.value.heap_bytes()
    }
}

/// The value of `key` among `attributes`. If it is there twice, the last one counts, as it does for backends.
pub(crate) fn find<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a Value> {
    attributes.iter().rev().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}

/// What a list of attributes takes on the heap.
pub(crate) fn list_bytes(attributes: &[Attribute]) -> usize {
    text::allocated(size_of_val(attributes)) + attributes.iter().map(Attribute::heap_bytes).sum::<usize>()
}
