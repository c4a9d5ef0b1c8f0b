//! The one verb: `.traced(&tracer)`.

use crate::message::MessagingSystem;
use crate::tracer::MessagingTracer;

/// A client, channel or consumer that an adapter can wrap.
///
/// `S` is the adapter's marker; it is always inferred. The wrapped thing keeps the client's own method names.
pub trait IntoTraced<S: MessagingSystem>: Sized {
    /// The wrapper.
    type Traced;

    /// Wraps it: from now on its messages carry context and its operations make spans.
    fn traced(self, tracer: &MessagingTracer) -> Self::Traced;
}
