//! The service's side: what the code of the documentation calls in place of what it must not know.
//!
//! The service is this program, started once more for one test. What it is told stands in its environment.

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::future::pending;
use std::io::Read as _;
use std::sync::LazyLock;

use opentelemetry_sdk::trace::SdkTracerProvider;
use rdkafka::ClientConfig;
use tracehop_brokers::Broker;

use super::orders::number;

/// What stands at the end of the names of one test.
pub(crate) const SUFFIX: &str = "KILLED_SUFFIX";
/// The orders that cannot be handled, with spaces between them.
pub(crate) const FAIL: &str = "KILLED_FAIL";
/// The orders that take longer than anybody waits.
pub(crate) const HANG: &str = "KILLED_HANG";

/// What a service says of an order, after its number: its handler is done, or takes long.
pub(crate) const HANDLED: &str = " is handled";
pub(crate) const HANGS: &str = " hangs";

/// Whether this process is the service, and not the test. If so, it makes spans from now on, and ends with the test.
pub(crate) fn starts_here() -> bool {
    if env::var_os(SUFFIX).is_none() {
        return false;
    }
    opentelemetry::global::set_tracer_provider(SdkTracerProvider::default());
    // Whatever happens to the test, nobody writes there any more.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(1);
    });
    true
}

/// The name that stands for `text` on the broker. It lives as long as the service.
pub(crate) fn name(text: &str) -> &'static str {
    suffixed(text, &env::var(SUFFIX).unwrap()).leak()
}

/// The first word of a name tells one test from the others.
pub(crate) fn suffixed(text: &str, suffix: &str) -> String {
    let (word, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    format!("{word}{suffix}{rest}")
}

/// The address of the broker that stands in the documentation with the address that it has by default.
pub(crate) fn address(default: &str) -> &'static str {
    let broker = match default {
        "localhost:9092" => Broker::Kafka,
        "localhost:4222" => Broker::Nats,
        _ => Broker::RabbitMq,
    };
    // Given by the test: a broker of this process would be killed with it.
    env::var(broker.address_variable()).unwrap().leak()
}

/// With what an administrator would set. It commits often: what is not committed comes again, and hides what was lost.
pub(crate) fn administered(mut config: ClientConfig) -> ClientConfig {
    config
        .set("bootstrap.servers", address("localhost:9092"))
        .set("group.id", name("shipping"))
        .set("auto.offset.reset", "earliest")
        .set("auto.commit.interval.ms", "50")
        // Otherwise the broker waits for the member that was killed.
        .set("group.instance.id", "the only one");
    config
}

/// Why an order could not be handled.
#[derive(Debug)]
pub(crate) struct NoSuchItem;

impl fmt::Display for NoSuchItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such item")
    }
}

impl std::error::Error for NoSuchItem {}

/// What becomes of an order in its handler.
pub(crate) async fn handle<'a>(payload: impl Into<Option<&'a [u8]>>) -> Result<(), NoSuchItem> {
    static TOLD: LazyLock<[BTreeSet<usize>; 2]> = LazyLock::new(|| {
        [FAIL, HANG].map(|variable| {
            let orders = env::var(variable).unwrap();
            orders.split_whitespace().map(|order| order.parse().unwrap()).collect()
        })
    });
    let [fail, hang] = &*TOLD;
    let order = number(payload.into().unwrap());
    if hang.contains(&order) {
        eprintln!("{order}{HANGS}");
        pending::<()>().await;
    }
    eprintln!("{order}{HANDLED}");
    if fail.contains(&order) { Err(NoSuchItem) } else { Ok(()) }
}
