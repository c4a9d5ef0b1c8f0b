//! The examples are programs: `cargo run --example order-pipeline`.
//!
//! The code in the pages of `docs/` and in the crates' READMEs is compiled here, because this package depends on all adapters.

/// Compiles the code of a page.
#[cfg(doctest)]
macro_rules! compiled {
    ($($name:ident: $path:literal),* $(,)?) => {
        $(
            #[doc = include_str!(concat!("../../", $path))]
            struct $name;
        )*
    };
}

#[cfg(doctest)]
compiled! {
    ContextsThatWait: "docs/contexts-that-wait.md",
    GettingStartedKafka: "docs/getting-started-kafka.md",
    GettingStartedRabbitmq: "docs/getting-started-rabbitmq.md",
    GettingStartedNats: "docs/getting-started-nats.md",
    Migrating: "docs/migrating.md",
    Operating: "docs/operating.md",
    Production: "docs/production.md",
    Retries: "docs/retries.md",
    RetriesAndDeadLetters: "docs/retries-and-dead-letters.md",
    Testing: "docs/testing.md",
    Tracing: "docs/tracing.md",
    WithoutAWrapper: "docs/without-a-wrapper.md",
    TracehopBrokersReadme: "crates/tracehop-brokers/README.md",
    TracehopReadme: "crates/tracehop/README.md",
    TracehopKafkaReadme: "crates/tracehop-kafka/README.md",
    TracehopRabbitmqReadme: "crates/tracehop-rabbitmq/README.md",
    TracehopNatsReadme: "crates/tracehop-nats/README.md",
    TracehopSdkReadme: "crates/tracehop-sdk/README.md",
    TracehopTestingReadme: "crates/tracehop-testing/README.md",
}
