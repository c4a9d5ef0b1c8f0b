//! What was found in a message's headers.

use super::{Problem, Problems, PropagationOutcome, Trust};
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
    /// What became of the context of the message.
    pub(crate) fn outcome(&self, trust: Trust) -> PropagationOutcome {
        let has = |problem| self.problems.contains(problem);
        match self.creation.is_valid() {
            _ if trust == Trust::Ignore => PropagationOutcome::Ignored,
            true if has(Problem::RepeatedTraceparent) => PropagationOutcome::Repeated,
            true => PropagationOutcome::Found,
            false if has(Problem::MalformedTraceparent) || has(Problem::MalformedOther) => {
                PropagationOutcome::Malformed
            }
            false => PropagationOutcome::Missing,
        }
    }

    /// Leaves out what a source is not trusted with.
    pub(crate) fn distrust(&mut self, trust: Trust) {
        match trust {
            Trust::Full => {}
            Trust::LinkOnly => self.creation.distrust(),
            Trust::Ignore => *self = Self::default(),
        }
    }
}
