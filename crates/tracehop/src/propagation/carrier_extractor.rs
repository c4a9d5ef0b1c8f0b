//! Adapts a [`Carrier`] to OpenTelemetry's `Extractor`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use opentelemetry::propagation::Extractor;
use opentelemetry::propagation::text_map_propagator::FieldIter;

use crate::carrier::Carrier;

/// The most names, the most values of one name, and the longest value handed to a propagator that is not ours.
const MAX_HEADERS: usize = 256;
const MAX_VALUE_BYTES: usize = 16 * 1024;

/// The text headers of one message, copied: OpenTelemetry's trait hands out references, a carrier does not.
#[derive(Debug, Default)]
pub(super) struct CarrierExtractor {
    headers: Vec<(String, Vec<String>)>,
}

impl CarrierExtractor {
    /// Reads all headers. Beyond the bound only the `fields`, which are what the propagator says it reads.
    pub(super) fn read(carrier: &dyn Carrier, fields: FieldIter<'_>) -> Self {
        let fields: Vec<&str> = fields.collect();
        let mut headers: Vec<(String, Vec<String>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        carrier.for_each(&mut |name, value| {
            let text = value.filter(|value| value.len() <= MAX_VALUE_BYTES);
            let (Ok(name), Some(Ok(text))) = (std::str::from_utf8(name), text.map(std::str::from_utf8))
            else {
                return;
            };
            let values = match places.entry(name.to_owned()) {
                Entry::Occupied(place) => headers.get_mut(*place.get()),
                Entry::Vacant(_) if headers.len() >= MAX_HEADERS && !fields.contains(&name) => None,
                Entry::Vacant(place) => {
                    place.insert(headers.len());
                    headers.push((name.to_owned(), Vec::new()));
                    headers.last_mut()
                }
            };
            if let Some((_, values)) = values.filter(|(_, values)| values.len() < MAX_HEADERS) {
                values.push(text.to_owned());
            }
        });
        Self { headers }
    }

    /// Those of the names that are there.
    pub(super) fn names_of(&self, names: FieldIter<'_>) -> Vec<String> {
        names.filter(|name| self.get(name).is_some()).map(str::to_owned).collect()
    }
}

impl Extractor for CarrierExtractor {
    fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key)?.into_iter().next_back()
    }

    fn keys(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let exact = self.headers.iter().find(|(name, _)| name == key);
        let (_, values) =
            exact.or_else(|| self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)))?;
        Some(values.iter().map(String::as_str).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::carrier::MemoryHeaders;

    fn read(headers: &MemoryHeaders, fields: &[&str]) -> CarrierExtractor {
        let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
        CarrierExtractor::read(headers, FieldIter::new(&fields))
    }

    /// `count` headers of different names.
    fn numbered(count: usize) -> Vec<(String, Option<Vec<u8>>)> {
        (0..count).map(|number| (format!("x-{number}"), Some(b"1".to_vec()))).collect()
    }

    #[test]
    fn the_last_value_is_got_and_all_are_in_order() {
        let headers =
            [("b3", Some("1")), ("uber", Some("2")), ("b3", None), ("b3", Some("")), ("b3", Some("3"))];
        let extractor = read(&MemoryHeaders::from_iter(headers), &[]);
        assert_eq!(extractor.get("b3"), Some("3"));
        assert_eq!(extractor.get_all("b3"), Some(vec!["1", "", "3"]));
        assert_eq!(extractor.keys(), ["b3", "uber"]);
        assert_eq!((extractor.get("tenant"), extractor.get_all("tenant")), (None, None));
    }

    #[test]
    fn an_exact_name_goes_before_another_letter_case() {
        let headers = [("B3", Some("1")), ("b3", Some("2")), ("Uber", Some("3")), ("UBER", Some("4"))];
        let extractor = read(&MemoryHeaders::from_iter(headers), &[]);
        for (name, value) in [("b3", "2"), ("B3", "1"), ("uber", "3"), ("UBER", "4")] {
            assert_eq!(extractor.get(name), Some(value), "{name}");
        }
        assert_eq!(extractor.keys(), ["B3", "b3", "Uber", "UBER"]);
    }

    #[test]
    fn what_is_not_text_is_passed_over() {
        struct Bytes;
        impl Carrier for Bytes {
            fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
                f(b"b3\xff", Some(b"1"));
                f(b"b3", Some(b"2"));
                f(b"b3", Some(b"\xff"));
                f(b"uber", Some(b"\xff"));
            }
        }
        let extractor = CarrierExtractor::read(&Bytes, FieldIter::new(&[]));
        assert_eq!((extractor.keys(), extractor.get_all("b3")), (vec!["b3"], Some(vec!["2"])));
    }

    #[test]
    fn a_value_may_have_16_kibibytes() {
        for (bytes, is_read) in [(0, true), (16_383, true), (16_384, true), (16_385, false)] {
            let headers = MemoryHeaders::from_iter([("b3", Some("x".repeat(bytes)))]);
            assert_eq!(read(&headers, &["b3"]).get("b3").is_some(), is_read, "{bytes} bytes");
        }
    }

    #[test]
    fn beyond_256_names_only_the_fields_are_read() {
        let mut headers = numbered(255);
        headers
            .extend(["last", "beyond", "b3", "x-0", "uber"].map(|name| (name.into(), Some(b"2".to_vec()))));
        let extractor = read(&MemoryHeaders::from(headers), &["b3", "uber", "jaeger"]);
        assert_eq!(extractor.keys().len(), 258);
        for (name, value, reason) in [
            ("last", Some("2"), "the 256th name"),
            ("beyond", None, "the 257th"),
            ("b3", Some("2"), "a field"),
            ("x-0", Some("2"), "another value of a name that is known"),
            ("uber", Some("2"), "another field"),
        ] {
            assert_eq!(extractor.get(name), value, "{name}: {reason}");
        }
    }

    #[test]
    fn of_one_name_256_values_are_read() {
        let values = |count: usize| {
            let headers = (0..count).map(|number| ("b3", Some(number.to_string()))).collect();
            read(&headers, &["b3"]).get_all("b3").unwrap().len()
        };
        assert_eq!([255, 256, 257, 1000].map(values), [255, 256, 256, 256]);
    }
}
