//! What is read of a map, and of nothing else.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value};

/// What is read of a map, and of nothing else. By itself serde takes a list for a struct, too: its values in the order of the
/// fields, of which `[]` has none.
#[derive(Default)]
pub(super) struct OfMap<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OfMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for MapVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with values")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(value::MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(MapVisitor(PhantomData)).map(Self)
    }
}
