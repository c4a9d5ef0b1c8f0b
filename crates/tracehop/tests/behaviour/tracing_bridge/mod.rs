//! Services that log with `tracing` directly in their handlers: it lands on the process span. Each test runs with a layer that
//! makes its spans current for OpenTelemetry, and with one that does not.

mod children;
mod events;
mod global_subscriber;
mod innermost;
mod interrupted;
mod service;
mod subscribers;
