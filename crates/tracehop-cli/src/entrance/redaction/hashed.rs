//! Which values of a request that is kept are hashes.

use prost::Message;

/// Which rules have hashed values of a request: it stands behind the request on the disk, as a field that OTLP does not have.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Hashed {
    #[prost(string, repeated, tag = "20190")]
    pub(super) rules: Vec<String>,
}

impl Hashed {
    /// That of a request as it was kept. Nothing is hashed in one that has none.
    pub(crate) fn of(kept: &[u8]) -> Self {
        Self::decode(kept).unwrap_or_default()
    }
}
