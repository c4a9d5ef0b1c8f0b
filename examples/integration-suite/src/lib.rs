//! A shop of three services that talk through three brokers. Its tests are what is shown here: see `tests/shop`.
//!
//! ```text
//! customer ──"carts"──▶ checkout ──"orders"──▶ payments ──"receipts"──▶ mailer
//!           RabbitMQ               Kafka          │          NATS
//!                                                 └─"orders.dead"──▶
//! ```

#![forbid(unsafe_code)]

use anyhow::Context;
use tokio::signal::ctrl_c;

/// The names of what is between the services. In a test they end with something that makes them its own.
#[derive(Clone, Debug)]
pub struct Names {
    suffix: String,
}

impl Names {
    /// Those with this at their end.
    pub fn with(suffix: &str) -> Self {
        Self { suffix: suffix.to_owned() }
    }

    /// Those that the variable `SHOP_SUFFIX` asks for.
    pub fn from_environment() -> Self {
        Self { suffix: std::env::var("SHOP_SUFFIX").unwrap_or_default() }
    }

    /// The queue of what customers want.
    pub fn carts(&self) -> String {
        format!("carts{}", self.suffix)
    }

    /// The topic of what they are to pay for.
    pub fn orders(&self) -> String {
        format!("orders{}", self.suffix)
    }

    /// The topic of what nobody paid for.
    pub fn dead_orders(&self) -> String {
        format!("orders{}.dead", self.suffix)
    }

    /// The subject of what was paid for.
    pub fn receipts(&self) -> String {
        format!("receipts{}", self.suffix)
    }
}

/// A variable that must be set.
///
/// # Errors
///
/// It is not.
pub fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

/// Runs a service until it fails or is asked to end, and exports what it recorded.
///
/// # Errors
///
/// Its own.
pub async fn run<F: Future<Output = anyhow::Result<()>>>(
    name: &'static str,
    service: impl FnOnce(tracehop_kafka::MessagingTracer) -> F,
) -> anyhow::Result<()> {
    let telemetry = tracehop_sdk::init(name)?;
    let ended = tokio::select! {
        ended = service(telemetry.messaging_tracer()) => ended,
        ended = asked_to_end() => ended,
    };
    telemetry.shutdown()?;
    ended
}

#[cfg(unix)]
async fn asked_to_end() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> anyhow::Result<()> {
    Ok(ctrl_c().await?)
}
