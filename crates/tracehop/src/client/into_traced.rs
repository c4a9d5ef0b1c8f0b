//! The one verb: `.traced(&tracer)`.

use crate::message::MessagingSystem;
use crate::tracer::MessagingTracer;

/// A client, channel or consumer that an adapter can wrap.
///
/// What is wrapped already stays as it is, with the other tracer. `S` is the adapter's marker; it is always inferred. The
/// wrapped thing keeps the client's own method names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client that can be traced",
    note = "the adapters wrap clients, channels and consumers: see the table on the front page of the adapter's documentation",
    note = "a stream of messages that no wrapper made is traced by `tracer.stream(stream)`"
)]
pub trait IntoTraced<S: MessagingSystem>: Sized {
    /// The wrapper.
    type Traced;

    /// Wraps it: from now on its messages carry context and its operations make spans.
    fn traced(self, tracer: &MessagingTracer) -> Self::Traced;
}
