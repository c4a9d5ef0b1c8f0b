//! A way to a server that fails as networks do.

mod acceptor;
mod blocking;
mod conditions;
mod direction;
mod fault;
mod fault_proxy;
mod fault_proxy_builder;
mod faults;
mod hub;
mod kafka_answers;
mod link;
mod per_direction;
mod port;
mod proxy_connection;
mod proxy_error;
mod proxy_thread;
mod pump;
mod queue;
mod relay;
mod remote;
mod rewrite;
mod server_address;

pub use direction::Direction;
pub use fault::Fault;
pub use fault_proxy::FaultProxy;
pub use fault_proxy_builder::FaultProxyBuilder;
pub use proxy_connection::ProxyConnection;
pub use proxy_error::ProxyError;
