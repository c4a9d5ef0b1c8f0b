//! Sending: publishes and requests of core NATS.

mod publish;
mod request;
