//! What a resource or a scope says about itself.

use std::sync::Arc;

use crate::value::{Attribute, list_bytes};

/// How many attributes are kept.
const MAX_ATTRIBUTES: usize = 64;

/// The attributes of a resource or of a scope: the first ones, and how many are missing. Clones share them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Described {
    pub(crate) attributes: Arc<[Attribute]>,
    pub(crate) lost: u32,
}

impl Described {
    /// Keeps the first 64 attributes. So many were `lost` already.
    pub(crate) fn new(attributes: impl IntoIterator<Item = Attribute>, lost: u32) -> Self {
        let mut all = attributes.into_iter();
        let attributes = all.by_ref().take(MAX_ATTRIBUTES).collect();
        let cut = u32::try_from(all.count()).unwrap_or(u32::MAX);
        Self { attributes, lost: lost.saturating_add(cut) }
    }

    /// Whether it is a clone of the other one.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.attributes, &other.attributes) && self.lost == other.lost
    }

    /// What it takes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        list_bytes(&self.attributes)
    }
}
