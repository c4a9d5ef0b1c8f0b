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
