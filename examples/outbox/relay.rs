//! The relay: a process that sends what is in the outbox.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rusqlite::{Connection, OptionalExtension};
use tracehop::{CreationContext, MessagingTracer};
use tracehop_kafka::{IntoTraced, KafkaHeadersMut, TracedFutureProducer};
use tracehop_sdk::Traces;

use crate::database;
use crate::stop::{Place, Stop};

const PATIENCE: Duration = Duration::from_secs(10);

/// What a relay is told.
#[derive(Clone, Debug, Args)]
pub(crate) struct RelayOptions {
    /// The database with the outbox.
    #[arg(long, value_name = "FILE")]
    pub(crate) database: PathBuf,

    /// Where the messages go.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) kafka_brokers: String,

    /// Stop in the midst of this row, say so, and wait for being killed: `counted:ROW`, before it is sent; `sent:ROW`, before it is
    /// marked as published.
    #[arg(long, value_name = "PLACE:ROW")]
    pub(crate) stop_at: Option<Stop>,
}

/// A row of the outbox.
struct Row {
    id: i64,
    topic: String,
    key: String,
    payload: String,
    context: String,
    created_at: i64,
}

/// Sends what waits, one row after the other, and ends when nothing waits any more. A relay of your own waits for more.
///
/// Nothing else runs in this process, so that the database may block it.
pub(crate) async fn run(options: &RelayOptions) -> anyhow::Result<()> {
    let telemetry = Traces::builder("relay").build()?;
    let tracer = telemetry.messaging_tracer();
    let database = database::open(&options.database)?;
    let mut config = ClientConfig::new();
    // If an answer of the broker is lost, the client sends again, and the broker stores the message once.
    config.set("bootstrap.servers", &options.kafka_brokers).set("enable.idempotence", "true");
    let producer = config.create::<FutureProducer>()?.traced(&tracer);

    let (mut published, mut without_context) = (0, 0);
    while let Some(row) = next(&database)? {
        // A row whose context is broken is sent all the same.
        let stored = row.context.parse::<CreationContext>().unwrap_or_else(|error| {
            eprintln!("relay: row {} of the outbox: {error}; it is sent without a context", row.id);
            without_context += 1;
            CreationContext::NONE
        });
        database.execute("INSERT INTO attempts (outbox_id) VALUES (?1)", [row.id])?;
        let attempt = database.last_insert_rowid();
        if options.stop_at == Some(Stop { place: Place::Counted, row: row.id }) {
            return stopped("is counted and not sent", &row, &telemetry);
        }
        send(&row, &stored, &producer, &tracer).await?;
        database.execute("UPDATE attempts SET answered = 1 WHERE id = ?1", [attempt])?;
        if options.stop_at == Some(Stop { place: Place::Sent, row: row.id }) {
            return stopped("is sent and not marked", &row, &telemetry);
        }
        // Killed before this, the relay sends the message again when it is started again.
        database.execute("UPDATE outbox SET published = 1 WHERE id = ?1", [row.id])?;
        published += 1;
    }
    telemetry.shutdown()?;
    println!("relay: published {published} rows, {without_context} of them without a context");
    Ok(())
}

/// The row that has waited longest.
fn next(database: &Connection) -> anyhow::Result<Option<Row>> {
    let mut statement = database.prepare(
        "SELECT id, topic, key, payload, context, created_at FROM outbox WHERE published = 0 ORDER BY id LIMIT 1",
    )?;
    let row = statement.query_row((), |row| {
        let (id, topic, key, payload, context, created_at) = row.try_into()?;
        Ok(Row { id, topic, key, payload, context, created_at })
    });
    Ok(row.optional()?)
}

/// Returns when the broker has the message. It belongs to the work that wrote the row, and has its time.
async fn send(
    row: &Row,
    stored: &CreationContext,
    producer: &TracedFutureProducer,
    tracer: &MessagingTracer,
) -> anyhow::Result<()> {
    let mut record = FutureRecord::to(&row.topic).key(&row.key).payload(&row.payload);
    record = record.timestamp(row.created_at);
    if let Err(error) = tracer.inject_creation(stored, &mut KafkaHeadersMut::new(&mut record.headers)) {
        eprintln!("relay: row {} of the outbox: {error}", row.id);
    }
    producer.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
    Ok(())
}

/// Waits for being killed.
fn stopped(what: &str, row: &Row, telemetry: &Traces) -> anyhow::Result<()> {
    // So that the spans until here can be seen. Who is killed at any time may lose some. No other span hangs below them.
    telemetry.provider().force_flush()?;
    println!("relay: stopped, row {} {what}", row.id);
    // It ends with the program that has started the relay.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    bail!("nobody has killed it")
}
