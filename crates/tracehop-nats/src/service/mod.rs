//! The services API: requests to endpoints, and the replies to them.

mod endpoint;
mod endpoint_builder;
mod group;
mod request;
mod scope;
mod service_builder;
mod traced_service;

pub use endpoint::TracedEndpoint;
pub use endpoint_builder::TracedEndpointBuilder;
pub use group::TracedServiceGroup;
pub use request::TracedRequest;
pub use service_builder::TracedServiceBuilder;
pub use traced_service::TracedService;
