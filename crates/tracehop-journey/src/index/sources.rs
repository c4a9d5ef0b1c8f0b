//! Resources and scopes, each kept once.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Arc;

use crate::source::Source;

/// What an entry takes beside its source.
const ENTRY_BYTES: usize = 96;

/// Resources and scopes of the spans that are kept. Each request brings its own copy of the same ones.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// By a hash of what they say. Others of the same hash are kept as often as they come.
    entries: HashMap<u64, Entry>,
    hashing: RandomState,
}

#[derive(Debug)]
struct Entry {
    source: Arc<Source>,
    spans: usize,
}

impl Sources {
    /// The one that is kept already, if there is one that says the same; and how many bytes it takes for the first span.
    pub(super) fn add(&mut self, source: Arc<Source>) -> (Arc<Source>, usize) {
        let hash = self.hash(&source);
        let Some(entry) = self.entries.get_mut(&hash) else {
            let bytes = source.bytes() + ENTRY_BYTES;
            self.entries.insert(hash, Entry { source: Arc::clone(&source), spans: 1 });
            return (source, bytes);
        };
        if Arc::ptr_eq(&entry.source, &source) || entry.source == source {
            entry.spans += 1;
            return (Arc::clone(&entry.source), 0);
        }
        let bytes = source.bytes();
        (source, bytes)
    }

    /// Forgets one span of it, and says how many bytes are free.
    pub(super) fn remove(&mut self, source: &Arc<Source>) -> usize {
        let hash = self.hash(source);
        let Some(entry) = self.entries.get_mut(&hash).filter(|entry| Arc::ptr_eq(&entry.source, source))
        else {
            return source.bytes();
        };
        entry.spans -= 1;
        if entry.spans > 0 {
            return 0;
        }
        self.entries.remove(&hash);
        source.bytes() + ENTRY_BYTES
    }

    fn hash(&self, source: &Source) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        (source.service(), source.scope_name(), source.scope_version()).hash(&mut hasher);
        // Which of them a resource has and which a scope matters seldom: then both are kept.
        for attribute in source.resource().iter().chain(source.scope_attributes()) {
            (&*attribute.key, &*attribute.value.to_text()).hash(&mut hasher);
        }
        hasher.finish()
    }
}
