//! The view of a message that its spans need.

use super::{Destination, MessageAttributes};

/// A view of one message: what an adapter says about it, when it is asked.
///
/// Core asks for the destination of each message, and for the rest only if somebody will see it. So an implementation
/// should borrow, and look at the message only when asked. [`MessageInfo`](crate::MessageInfo) is one that is made of
/// plain data; adapters whose messages cost something to look at have views of their own.
///
/// ```
/// use tracehop::{AttributeValue, Describe, Destination, MessageAttributes};
///
/// struct Letter { street: String, weight: i64 }
///
/// impl Describe for Letter {
///     fn destination(&self) -> Destination<'_> {
///         Destination::named(&self.street)
///     }
///     fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
///         attributes.add("post.weight", AttributeValue::Int(self.weight));
///     }
/// }
/// ```
pub trait Describe {
    /// Where the message goes to or comes from.
    fn destination(&self) -> Destination<'_>;

    /// Adds what tells this message from others: where in its destination it is, its identifiers, and the system's own
    /// attributes.
    fn attributes(&self, attributes: &mut MessageAttributes<'_>);

    /// The size of the payload in bytes. It is recorded only if the tracer
    /// [records sizes](crate::MessagingTracerBuilder::record_body_sizes).
    fn body_size(&self) -> Option<usize> {
        None
    }

    /// The message's key, and the attribute that shows it. It is recorded only if the tracer
    /// [records keys](crate::MessagingTracerBuilder::record_message_keys) and the key is UTF-8.
    fn key(&self) -> Option<(&'static str, &[u8])> {
        None
    }
}

impl<D: Describe + ?Sized> Describe for &D {
    fn destination(&self) -> Destination<'_> {
        (**self).destination()
    }
    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        (**self).attributes(attributes);
    }
    fn body_size(&self) -> Option<usize> {
        (**self).body_size()
    }
    fn key(&self) -> Option<(&'static str, &[u8])> {
        (**self).key()
    }
}
