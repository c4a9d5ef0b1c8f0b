//! What stands on a message that is about to be written to.

use super::MessagingTracer;
use crate::carrier::Carrier;
use crate::context::CreationContext;
use crate::context::handled::Handling;
use crate::context::processing::{self, Id};

/// What stands on a message that is about to be written to.
pub(crate) struct OnMessage {
    /// The context that is there. If it is invalid there may be baggage that the application put there.
    pub(crate) creation: CreationContext,
    /// How many members of that baggage cannot be kept.
    pub(crate) dropped: u16,
    /// All of it came with a message whose source is not trusted.
    pub(crate) is_foreign: bool,
}

impl OnMessage {
    #[inline]
    pub(crate) fn find(tracer: &MessagingTracer, carrier: &(impl Carrier + ?Sized)) -> Self {
        // What is wrong with these headers is no problem of a message: they are about to be written.
        let found = tracer.propagator().extract_existing(carrier);
        let dropped = found.problems.dropped_baggage();
        let is_of_alias = found.is_of_alias;
        let mut this = Self { creation: found.creation, dropped, is_foreign: false };
        if tracer.handled().has_distrusted() {
            this.is_foreign = this.is_foreign_to(tracer);
        }
        // A message that has its context under another name is sent with one of its own, unless it is a copy.
        if is_of_alias && !this.is_foreign && !this.is_known_to(tracer) {
            this.creation = CreationContext { baggage: this.creation.baggage, ..CreationContext::NONE };
        }
        this
    }

    /// Which message brought it.
    #[inline]
    pub(crate) fn id(&self) -> Id {
        if self.is_foreign { Id::of_content(&self.creation) } else { Id::of(&self.creation) }
    }

    #[cold]
    fn is_foreign_to(&self, tracer: &MessagingTracer) -> bool {
        let id = Id::of_content(&self.creation);
        processing::is_processing(id)
            || match tracer.handled().find(id) {
                Some(Handling::Distrusted) => true,
                Some(Handling::Processed(by)) => by.is_distrusting(),
                Some(Handling::Received) | None => false,
            }
    }

    #[cold]
    fn is_known_to(&self, tracer: &MessagingTracer) -> bool {
        let id = Id::of(&self.creation);
        processing::is_processing(id) || tracer.handled().find(id).is_some()
    }
}
