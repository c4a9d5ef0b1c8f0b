//! Names that many journeys have, each kept once.

use std::collections::HashSet;
use std::sync::Arc;

/// What a destination is called of which the name is not known.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// How many names are known. Then the pool starts again: names may be made up.
const MAX_NAMES: usize = 10_000;

/// Names of services, destinations and errors, shared by all that have them.
#[derive(Debug, Default)]
pub(crate) struct Names(HashSet<Arc<str>>);

impl Names {
    pub(crate) fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        if self.0.len() >= MAX_NAMES {
            self.0.clear();
        }
        let name: Arc<str> = name.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}
