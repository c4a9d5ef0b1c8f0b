//! What becomes of a send whose future is dropped.

/// What a broker's client makes of a send whose future is dropped after it was polled. Before that there is no send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DroppedSend {
    /// The message is sent nevertheless, and its span ends with the broker's answer.
    Answered,
    /// The message is sent nevertheless, and nobody waits for the broker's answer: the span ends at once as `abandoned`, with
    /// an event `tracehop.unconfirmed`.
    Unanswered,
    /// Until the client has handed the message to its connection the send is given up, and the span ends at once as
    /// `abandoned`: the message may have been sent or not. Later the span ends with the broker's answer.
    GivenUp,
}
