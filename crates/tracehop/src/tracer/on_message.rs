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
    /// Which message brought it.
    pub(crate) id: Id,
}

impl OnMessage {
    #[inline]
    pub(crate) fn find(tracer: &MessagingTracer, carrier: &(impl Carrier + ?Sized)) -> Self {
        // What is wrong with these headers is no problem of a message: they are about to be written.
        let found = tracer.propagator().extract_existing(carrier);
        let dropped = found.problems.dropped_baggage();
        let is_of_alias = found.is_of_alias;
        let id = Id::of(&found.creation);
        let mut this = Self { creation: found.creation, dropped, is_foreign: false, id };
        if tracer.handled().has_distrusted() {
            this.look_for_strangers(tracer, &carrier);
        }
        // A message that has its context under another name is sent with one of its own, unless it is a copy.
        if is_of_alias && !this.is_foreign && !this.is_known_to(tracer) {
            this.creation = CreationContext { baggage: this.creation.baggage, ..CreationContext::NONE };
        }
        this
    }

    #[cold]
    fn look_for_strangers(&mut self, tracer: &MessagingTracer, carrier: &dyn Carrier) {
        let handled = tracer.handled();
        let content = tracer.propagator().content(&carrier);
        let id = content.id();
        let is_of_stranger = |id: Id| match handled.find(id) {
            Some(Handling::Distrusted) => true,
            Some(Handling::Processed(by)) => by.is_distrusting(),
            Some(Handling::Received) | None => false,
        };
        if id.is_valid() && (processing::is_processing(id) || is_of_stranger(id)) {
            // Somebody may have sent our own ids back. Beside them there is nothing here that could be theirs.
            let is_ours = content.is_one() && handled.is_ours(self.id);
            if !is_ours {
                (self.is_foreign, self.id) = (true, id);
            }
        } else if self.creation.is_valid() && is_of_stranger(self.id) {
            // A part of a stranger's headers.
            self.is_foreign = true;
        }
    }

    #[cold]
    fn is_known_to(&self, tracer: &MessagingTracer) -> bool {
        processing::is_processing(self.id) || tracer.handled().find(self.id).is_some()
    }
}
