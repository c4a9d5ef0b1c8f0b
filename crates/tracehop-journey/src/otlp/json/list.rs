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
    Ok(deserializer.deserialize_any(List::<J, T>::default())?.or(unreadable))
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
    Ok(parts_counted::<D, J, T>(deserializer)?.or(unreadable))
}

/// A list of parts, as [`parts`] reads it, and how many it cannot read.
pub(super) fn parts_counted<'de, D, J, T>(deserializer: D) -> Result<Counted<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    deserializer.deserialize_any(Parts(List::<J, T>::default()))
}

/// What was read of a list.
pub(super) struct Counted<T> {
    pub(super) read: Vec<T>,
    /// How many of its items cannot be read.
    pub(super) unreadable: u32,
}

impl<T> Counted<T> {
    fn one_unreadable() -> Self {
        Self { read: Vec::new(), unreadable: 1 }
    }

    /// The list, with one more for all that cannot be read: they take two bytes each in JSON, and hundreds in memory.
    fn or(self, unreadable: fn() -> Option<T>) -> Vec<T> {
        let mut read = self.read;
        read.extend((self.unreadable > 0).then(unreadable).flatten());
        read
    }
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self { read: Vec::new(), unreadable: 0 }
    }
}

struct List<J, T>(PhantomData<(J, T)>);

impl<J, T> Default for List<J, T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<'de, J: Deserialize<'de> + Into<T>, T> Visitor<'de> for List<J, T> {
    type Value = Counted<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Counted::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = Counted::default();
        while let Some(Object(item)) = list.next_element::<Object<J>>()? {
            match item {
                Some(item) => all.read.push(item.into()),
                None => all.unreadable = all.unreadable.saturating_add(1),
            }
        }
        Ok(all)
    }
}

struct Parts<J, T>(List<J, T>);

impl<'de, J: Deserialize<'de> + Into<T>, T> Visitor<'de> for Parts<J, T> {
    type Value = Counted<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.0.visit_unit()
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Counted::one_unreadable())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Counted::one_unreadable())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Counted::one_unreadable())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Counted::one_unreadable())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Counted::one_unreadable())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        self.0.visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        skip_object(object)?;
        Ok(Counted::one_unreadable())
    }
}
