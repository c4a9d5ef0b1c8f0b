use opentelemetry_sdk::Resource;

use super::attribute::attributes;
use super::wire;

/// What `ResourceSpans` says about the resource, encoded once: it is the same in every batch.
#[derive(Clone, Debug)]
pub(crate) struct EncodedResource {
    /// The field `resource`, with its key and length.
    resource: Vec<u8>,
    /// The field `schema_url`, which stands behind the spans; nothing if there is none.
    schema_url: Vec<u8>,
}

impl EncodedResource {
    pub(crate) fn new(resource: &Resource) -> Self {
        let mut encoded = Self { resource: Vec::new(), schema_url: Vec::new() };
        // A resource with the name of the service and of the SDK has about that many bytes.
        wire::message(1, 128, &mut encoded.resource, |out| {
            attributes(1, resource.iter().map(|(key, value)| (key.as_str(), value)), out);
        });
        wire::text(3, resource.schema_url().unwrap_or_default(), &mut encoded.schema_url);
        encoded
    }

    pub(super) fn resource(&self) -> &[u8] {
        &self.resource
    }

    pub(super) fn schema_url(&self) -> &[u8] {
        &self.schema_url
    }
}

/// Without attributes: an exporter that nobody gave a resource.
impl Default for EncodedResource {
    fn default() -> Self {
        Self::new(&Resource::builder_empty().build())
    }
}
