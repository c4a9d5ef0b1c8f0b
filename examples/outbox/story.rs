//! The whole story: what is written, who is killed, and what arrives.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::task::block_in_place;
use tracehop::CreationContext;
use tracehop_sdk::{Traces, TracesError};
use tracehop_testing::OtlpRecorder;

use crate::attempts::Attempts;
use crate::database;
use crate::kafka::Kafka;
use crate::relay::RelayOptions;
use crate::relay_process::{Ended, RelayProcess};
use crate::replay;
use crate::scheduler::Scheduler;
use crate::shop::Shop;
use crate::stop::{Place, Stop};
use crate::warehouse::Warehouse;

const HOUR: Duration = Duration::from_secs(60 * 60);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Orders, and how long ago each was placed. The number of each is that of its row in the outbox.
const ORDERS: [(&str, &str, Duration); 5] = [
    ("ord_1", "a book", Duration::ZERO),
    ("ord_2", "a boat", Duration::ZERO),
    ("ord_3", "a bee", Duration::ZERO),
    ("ord_4", "a bell", Duration::ZERO),
    ("ord_5", "a boot", YEAR),
];
/// A relay is killed before it sends this row, one after it has sent that one, and the context of another one is broken.
const KILLED_BEFORE: i64 = 2;
const KILLED_AFTER: i64 = 3;
const BROKEN: i64 = 4;
const LAST_YEARS: i64 = 5;

/// What became of it.
pub(crate) struct Story {
    /// The spans of all processes.
    pub(crate) spans: OtlpRecorder,
    pub(crate) attempts: BTreeMap<String, Attempts>,
    /// How often the warehouse got each message, by its topic and its key, and the tenant that its baggage named.
    pub(crate) received: BTreeMap<(&'static str, String), (u32, String)>,
    /// Contexts that could not be read.
    pub(crate) complaints: Vec<String>,
    /// What is worth a look, and the context that it waited with.
    pub(crate) examples: [(&'static str, CreationContext); 5],
}

impl Story {
    /// `max_age` is that of the warehouse's policy.
    pub(crate) async fn play(kafka: &Kafka, max_age: Option<Duration>) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("outbox-")?;
        let spans = OtlpRecorder::start().await?;
        let now = SystemTime::now();
        let services = ["shop", "scheduler", "replay", "warehouse"].map(|name| service(name, &spans));
        let [shop_traces, scheduler_traces, replay_traces, warehouse_traces] = services;
        let (shop_traces, scheduler_traces) = (shop_traces?, scheduler_traces?);
        let (replay_traces, warehouse_traces) = (replay_traces?, warehouse_traces?);

        // What waits.
        let file = folder.path().join("shop.db");
        let mut shop = Shop::new(database::create(&file)?, &shop_traces);
        for (id, item, ago) in ORDERS {
            shop.place_order(&kafka.topics.orders, id, item, now - ago)?;
        }
        shop.database.execute("UPDATE outbox SET context = 'broken' WHERE id = ?1", [BROKEN])?;
        println!(
            "shop: placed {} orders, each with its message and its context in one transaction",
            ORDERS.len()
        );
        let reminder = shop.remind("ord_1", now, now + HOUR)?;
        shop.remind("ord_3", now, now + YEAR)?;
        println!("shop: scheduled two reminders, in an hour and in a year");
        let events = folder.path().join("events.jsonl");
        let event = shop.note(&events, "ord_1", "as a gift")?;
        shop.note(&events, "ord_2", "in blue")?;
        spoil_last_line(&events)?;
        println!("shop: wrote two events to {}", events.display());

        // What sends it.
        let mut complaints = relays(kafka, &file, &spans).await?;
        let scheduler = Scheduler::new(
            database::open(&file)?,
            kafka.producer(&scheduler_traces.messaging_tracer())?,
            &scheduler_traces,
        );
        for (when, time) in [("now", now), ("in an hour", now + HOUR), ("in a year", now + YEAR)] {
            let ran = scheduler.run_due(&kafka.topics.reminders, time).await?;
            println!("scheduler: {when} it runs {ran} of the jobs");
        }
        let tracer = replay_traces.messaging_tracer();
        let replayed = replay::run(&events, &kafka.topics.events, &kafka.producer(&tracer)?, &tracer).await?;
        let (sent, broken) = (replayed.sent, replayed.complaints.len());
        println!("replay: sent {sent} events, {broken} of them without a context");
        complaints.extend(replayed.complaints);

        // Who gets it.
        let messages = block_in_place(|| kafka.messages())?;
        let warehouse = Warehouse::new()?;
        let mut tracer = warehouse_traces.messaging_tracer_builder();
        if let Some(max_age) = max_age {
            tracer = tracer.max_age(max_age);
        }
        let consumer = kafka.consumer(&tracer.build())?;
        warehouse.handle(&consumer, messages).await?;
        println!("warehouse: got {messages} messages");

        for traces in [shop_traces, scheduler_traces, replay_traces, warehouse_traces] {
            block_in_place(|| traces.shutdown())?;
        }
        let attempts = Attempts::of_orders(&shop.database)?;
        let mut received = BTreeMap::new();
        for (name, topic) in kafka.topics.named() {
            received.extend(warehouse.received(topic)?.into_iter().map(|(key, got)| ((name, key), got)));
        }
        let order = |row| context_of(&shop, row);
        let examples = [
            ("An order through the outbox", order(1)?),
            ("An order that was sent twice", order(KILLED_AFTER)?),
            ("A scheduled job", reminder),
            ("An event in a file", event),
            ("An order of last year, which is only linked", order(LAST_YEARS)?),
        ];
        let story = Self { spans, attempts, received, complaints, examples };
        story.check()?;
        Ok(story)
    }

    /// Every order came exactly as often as the broker has answered.
    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.attempts.len() == ORDERS.len(), "the relays have left orders");
        for (order, attempts) in &self.attempts {
            let (times, answered) = (self.times_received(order), attempts.answered);
            ensure!(times == answered, "{order} came {times} times, and was sent {answered} times");
        }
        Ok(())
    }

    /// How often an order came.
    pub(crate) fn times_received(&self, order: &str) -> u32 {
        self.received.get(&("orders", order.to_owned())).map_or(0, |(times, _)| *times)
    }
}

/// Relays, one after the other: two that are killed, and one that sends what is left.
/// What the last one has complained of.
async fn relays(kafka: &Kafka, database: &Path, spans: &OtlpRecorder) -> anyhow::Result<Vec<String>> {
    let start = |stop_at| {
        let (database, kafka_brokers) = (database.to_owned(), kafka.servers.clone());
        RelayProcess::start(&RelayOptions { database, kafka_brokers, stop_at }, &spans.variables())
    };
    for (place, row) in [(Place::Counted, KILLED_BEFORE), (Place::Sent, KILLED_AFTER)] {
        let said = start(Some(Stop { place, row }))?.kill_when_stopped().await?;
        println!("relay: {said}; killed");
    }
    let Ended { summary, complaints } = start(None)?.ended().await?;
    println!("relay: {summary}");
    Ok(complaints)
}

/// A service whose spans go to the recorder, as those of another process do.
fn service(name: &str, spans: &OtlpRecorder) -> Result<Traces, TracesError> {
    let variables = spans.variables();
    let read = move |name: &str| {
        let (_, value) = variables.iter().find(|(variable, _)| variable == name)?;
        Some(value.clone())
    };
    Traces::builder(name).variables(read).build()
}

fn context_of(shop: &Shop, row: i64) -> anyhow::Result<CreationContext> {
    let context = shop
        .database
        .query_row("SELECT context FROM outbox WHERE id = ?1", [row], |row| row.get::<_, String>(0))?;
    Ok(context.parse()?)
}

/// As if somebody had cut it short.
fn spoil_last_line(file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    let (first, last) = text.trim_end().rsplit_once('\n').context("there is one line only")?;
    let (before, after) = last.split_once(":\"00-").context("there is no context in the line")?;
    let (_, after) = after.split_once('"').context("the context has no end")?;
    std::fs::write(file, format!("{first}\n{before}:\"00-\"{after}\n"))?;
    Ok(())
}
