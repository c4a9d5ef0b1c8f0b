//! What the scheme of an address says.

/// What the scheme of an address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The broker's own protocol, at this port if the address does not say it.
    Plain(u16),
    /// The same inside TLS, or what else only a client can speak.
    Tls,
    /// Another protocol. Which ones there are.
    Unknown(&'static str),
}
