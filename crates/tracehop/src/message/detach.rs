//! Messages that borrow from their client.

use super::MessagingSystem;

/// A message that borrows from its client, and can be made into one that does not: for another task or thread.
///
/// Adapters implement it for their client's borrowed messages, for [`Received::detach`](crate::Received::detach).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message that borrows from its client",
    note = "a message that is owned already needs no `detach`: move it, for example with `process_owned`"
)]
pub trait Detach<S: MessagingSystem> {
    /// The message that borrows nothing.
    type Owned;

    /// Copies what is borrowed.
    fn detach(self) -> Self::Owned;
}
