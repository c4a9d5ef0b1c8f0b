//! Whether messages come again.

/// What becomes of a message if whoever received it is gone before it was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redelivery {
    /// It is delivered again.
    Again,
    /// It is gone, and this is why.
    Never(&'static str),
}
