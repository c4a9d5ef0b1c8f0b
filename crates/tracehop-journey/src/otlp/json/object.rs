//! Objects.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::scalar::skip_list;

/// What has the shape `J`, or nothing where something else stands.
pub(crate) struct Object<J>(pub(crate) Option<J>);

impl<'de, J: Deserialize<'de>> Deserialize<'de> for Object<J> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData)).map(Self)
    }
}

/// What has the shape `J`, as a `T`, or nothing where something else stands.
pub(super) fn optional<'de, D, J, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    J: Deserialize<'de> + Into<T>,
{
    Ok(Object::<J>::deserialize(deserializer)?.0.map(Into::into))
}

struct ObjectVisitor<J>(PhantomData<J>);

impl<'de, J: Deserialize<'de>> Visitor<'de> for ObjectVisitor<J> {
    type Value = Option<J>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        skip_list(list).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        J::deserialize(Fields(object)).map(Some)
    }
}

/// The fields of an object, for readers that are derived: these end with an error at a field that is there twice.
struct Fields<A>(A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Fields<A> {
    type Error = A::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(FirstOfEach { object: self.0, known, seen: 0 })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The known fields, the first of each name. Others are skipped.
///
/// A field may come under its original name, too (`trace_id` for `traceId`): protobuf asks parsers of its JSON to take both.
struct FirstOfEach<A> {
    object: A,
    known: &'static [&'static str],
    /// One bit for each known field.
    seen: u64,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FirstOfEach<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Name(name)) = self.object.next_key()? {
            let known = self.known.iter().enumerate().find(|(_, known)| is_name_of(known, &name));
            let known = known
                .and_then(|(place, known)| Some((1_u64.checked_shl(u32::try_from(place).ok()?)?, *known)));
            match known {
                Some((bit, known)) if self.seen & bit == 0 => {
                    self.seen |= bit;
                    let known: StrDeserializer<'_, A::Error> = known.into_deserializer();
                    return seed.deserialize(known).map(Some);
                }
                _ => self.object.next_value::<IgnoredAny>()?,
            };
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.object.next_value_seed(seed)
    }
}

/// Whether it is the name of a field in JSON or in the definition of its message.
fn is_name_of(known: &str, name: &str) -> bool {
    let original = || {
        known.chars().flat_map(|char| {
            let before = char.is_ascii_uppercase().then_some('_');
            before.into_iter().chain([char.to_ascii_lowercase()])
        })
    };
    known == name || name.chars().eq(original())
}

struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}
