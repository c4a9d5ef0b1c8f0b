//! Lists.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::object::Object;
use super::scalar::skip_object;

/// The outermost list, of what has the shape `J`, as `T`s. If something else stands there, the text is none of OTLP.
///
/// Each item is converted before the next is read, so that there is one list only.
pub(crate) fn list<'de, D, J, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    list_or::<D, J, T>(deserializer, || None)
}

/// The outermost list, as [`list`] reads it, with `unreadable` for what it cannot read.
pub(super) fn list_or<'de, D, J, T>(
    deserializer: D,
    unreadable: fn() -> Option<T>,
) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    deserializer.deserialize_any(List::<J, T> { unreadable, shape: PhantomData })
}

/// A list of what has the shape `J`, as `T`s. What else stands in it, or in its place, is left out.
pub(crate) fn parts<'de, D, J, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    parts_or::<D, J, T>(deserializer, || None)
}

/// A list of parts, as [`parts`] reads it, with `unreadable` for what it cannot read.
pub(super) fn parts_or<'de, D, J, T>(
    deserializer: D,
    unreadable: fn() -> Option<T>,
) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    deserializer.deserialize_any(Parts(List::<J, T> { unreadable, shape: PhantomData }))
}

struct List<J, T> {
    unreadable: fn() -> Option<T>,
    shape: PhantomData<J>,
}

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
        let mut is_whole = true;
        while let Some(Object(item)) = list.next_element::<Object<J>>()? {
            match item {
                Some(item) => read.push(item.into()),
                None => is_whole = false,
            }
        }
        // One for all of them: they take two bytes each in JSON, and hundreds in memory.
        read.extend((!is_whole).then(self.unreadable).flatten());
        Ok(read)
    }
}

struct Parts<J, T>(List<J, T>);

impl<J, T> Parts<J, T> {
    fn unreadable(&self) -> Vec<T> {
        (self.0.unreadable)().into_iter().collect()
    }
}

impl<'de, J: Deserialize<'de> + Into<T>, T> Visitor<'de> for Parts<J, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.0.visit_unit()
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(self.unreadable())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(self.unreadable())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(self.unreadable())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(self.unreadable())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(self.unreadable())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        self.0.visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        skip_object(object)?;
        Ok(self.unreadable())
    }
}
