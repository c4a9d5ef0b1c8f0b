//! A way to a server that fails as networks do.

mod fault_proxy;

pub use fault_proxy::FaultProxy;
