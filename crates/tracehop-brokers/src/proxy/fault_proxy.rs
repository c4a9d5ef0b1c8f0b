//! The proxy itself.

/// Stands between a client and its server.
#[derive(Debug)]
pub struct FaultProxy {}
