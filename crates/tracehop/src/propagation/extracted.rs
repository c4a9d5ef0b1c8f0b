//! What was found in a message's headers.

use super::{Problems, Trust};
use crate::context::CreationContext;

/// What [`MessagePropagator::extract`](crate::MessagePropagator::extract) found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Extracted {
    /// The creation context; [`CreationContext::NONE`] if the message carries none.
    pub creation: CreationContext,
    /// What was wrong with the message's context headers, and therefore ignored.
    pub problems: Problems,
    /// The span was found under another name of `traceparent` only.
    pub(crate) is_of_alias: bool,
}

impl Extracted {
    /// Leaves out what a source is not trusted with.
    pub(crate) fn distrust(&mut self, trust: Trust) {
        match trust {
            Trust::Full => {}
            Trust::LinkOnly => self.creation.distrust(),
            Trust::Ignore => *self = Self::default(),
        }
    }
}
