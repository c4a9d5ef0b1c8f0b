//! How much a store keeps.

use tracehop_journey::Bounds;

/// How much a [`Store`](super::Store) keeps.
#[derive(Clone, Debug, Default)]
pub struct StoreConfig {
    /// What spans may take, and how long they are kept.
    pub bounds: Bounds,
    /// What log records may take, in bytes.
    pub log_bytes: usize,
    /// Attributes that journeys are searched by, such as `user.id`.
    pub tags: Vec<String>,
}
