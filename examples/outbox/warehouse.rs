//! The warehouse: handles what was sent, and counts how often it came.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use rdkafka::Message;
use rusqlite::Connection;
use tokio::time::timeout;
use tracehop_kafka::TracedStreamConsumer;

const PATIENCE: Duration = Duration::from_secs(30);

/// What is in the warehouse's own database.
pub(crate) struct Warehouse {
    database: Connection,
}

impl Warehouse {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let database = Connection::open_in_memory()?;
        database.execute_batch(
            "CREATE TABLE received (
                topic  TEXT NOT NULL,
                key    TEXT NOT NULL,
                tenant TEXT NOT NULL,
                times  INTEGER NOT NULL DEFAULT 1,
                PRIMARY KEY (topic, key)
            )",
        )?;
        Ok(Self { database })
    }

    /// Handles so many messages: those that are in the topics. A warehouse of your own waits for more.
    pub(crate) async fn handle(
        &self,
        consumer: &TracedStreamConsumer,
        messages: usize,
    ) -> anyhow::Result<()> {
        for _ in 0..messages {
            let message = timeout(PATIENCE, consumer.recv()).await.context("messages are missing")??;
            let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
            // A failure ends the warehouse. The message comes again when it is started again.
            message.process_blocking(|| self.take(message.topic(), &key))?;
            consumer.store_offset_from_message(&message)?;
        }
        Ok(())
    }

    /// Takes note of a message. One that has come before changes nothing but its count: so it does no harm that a relay may send it
    /// twice.
    fn take(&self, topic: &str, key: &str) -> anyhow::Result<()> {
        let tenant = Context::map_current(|cx| cx.baggage().get("tenant").map(ToString::to_string));
        self.database.execute(
            "INSERT INTO received (topic, key, tenant) VALUES (?1, ?2, ?3)
             ON CONFLICT (topic, key) DO UPDATE SET times = times + 1",
            (topic, key, tenant.unwrap_or_default()),
        )?;
        Ok(())
    }

    /// How often each message of a topic came, by its key, and the tenant that its baggage named.
    pub(crate) fn received(&self, topic: &str) -> anyhow::Result<BTreeMap<String, (u32, String)>> {
        let mut statement =
            self.database.prepare("SELECT key, times, tenant FROM received WHERE topic = ?1")?;
        let received = statement.query_map([topic], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        Ok(received.collect::<Result<_, _>>()?)
    }
}
