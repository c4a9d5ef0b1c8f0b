//! Any carrier, as OpenTelemetry's propagators want to read it.

use std::collections::HashSet;

use opentelemetry::propagation::Extractor;
use opentelemetry::propagation::text_map_propagator::FieldIter;

use crate::Carrier;

/// The most names, the most values of one name, and the longest value handed to a propagator that is not ours.
const MAX_HEADERS: usize = 256;
const MAX_VALUE_BYTES: usize = 16 * 1024;

/// The text headers of one message, copied: OpenTelemetry's trait hands out references, a carrier does not.
#[derive(Debug, Default)]
pub(crate) struct CarrierExtractor {
    headers: Vec<(String, Vec<String>)>,
}

impl CarrierExtractor {
    /// Reads the headers a propagator names, and all others the carrier can be walked for.
    pub(crate) fn read(carrier: &(impl Carrier + ?Sized), fields: FieldIter<'_>) -> Self {
        let mut names: Vec<String> = fields.map(str::to_owned).collect();
        let mut seen: HashSet<String> = names.iter().cloned().collect();
        carrier.names(&mut |name| {
            if names.len() < MAX_HEADERS && seen.insert(name.to_owned()) {
                names.push(name.to_owned());
            }
        });
        let read = |name: String| {
            let mut values = Vec::new();
            carrier.values(&name, &mut |value| {
                let fits = value.len() <= MAX_VALUE_BYTES && values.len() < MAX_HEADERS;
                if let (true, Ok(text)) = (fits, std::str::from_utf8(value)) {
                    values.push(text.to_owned());
                }
            });
            (!values.is_empty()).then_some((name, values))
        };
        Self { headers: names.into_iter().filter_map(read).collect() }
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
