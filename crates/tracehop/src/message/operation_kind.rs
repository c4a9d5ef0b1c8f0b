//! Kinds of operations.

/// What is done with a message: `messaging.operation.type` of the semantic conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// A message is made, to be sent later or in a batch.
    Create,
    /// Messages are given to the broker.
    Send,
    /// Messages are asked for and got.
    Receive,
    /// A message is handled.
    Process,
    /// The broker is told what became of a message.
    Settle,
}

impl OperationKind {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] = [Self::Create, Self::Send, Self::Receive, Self::Process, Self::Settle];

    /// The conventions' word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Settle => "settle",
        }
    }

    /// Whether the operation is one of a consumer, which belongs to a group.
    pub(crate) const fn is_consuming(self) -> bool {
        matches!(self, Self::Receive | Self::Process | Self::Settle)
    }
}
