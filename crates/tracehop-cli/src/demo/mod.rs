//! A shop in this process, whose services send their spans and logs by OTLP like any others: for a first look at the page
//! without a service or a broker of one's own.
//!
//! ```text
//! storefront ──"orders"──▶ checkout ──"payments"──▶ payments ──"shipments"──▶ shipping ──"notifications"──▶ notifications
//!      │        kafka  └──▶ inventory   rabbitmq        │          nats          │           rabbitmq            ▲
//!      └──"newsletter"──▶ nobody                        └──"payments.dlq"────────┼───────────────────────────────┤
//!                                                                                └──"shipments.dlq"──────────────┘
//! something without tracing ──"legacy-import"──▶ inventory      checkout, shipping ──"audit-events"──▶ audit, in batches
//! ```
//!
//! Each service has a tracer provider and a logger provider of its own, each client of a queue is made traceable as a client of
//! one's own is, and contexts travel in the headers of the messages. Only the brokers are queues in memory.
//!
//! What happens to an order follows from the seed and the number of the order. Among the first twelve orders everything happens
//! once that happens at all; later ones are drawn. Only a storm of retries takes more: one comes with order 1,200.

mod broker;
mod chance;
mod client;
mod config;
mod consumer;
mod counts;
mod demo_error;
mod exporter;
mod in_flight;
mod message;
mod order;
mod pace;
mod pipeline;
mod problem;
mod running;
mod semconv;
mod service;
mod services;
mod system;
mod telemetry;

pub use config::DemoConfig;
pub use counts::DemoCounts;
pub use demo_error::DemoError;
pub use running::{Demo, start};
