//! Policies by destination, in a file that is reloaded while messages are under way: none of them is lost, and a file that is
//! wrong changes nothing.
//!
//! Run it with `cargo run --example policy`. In a service the file is loaded again when a signal comes, or when somebody asks
//! for it over HTTP: it is one call, [`LivePolicies::load`].

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use futures::{StreamExt, TryStreamExt, stream};
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracehop::{LivePolicies, MessagingTracer, PolicyError};
use tracehop_kafka::{EmbeddedBroker, IntoTraced, TracedFutureProducer, TracedStreamConsumer};
use tracehop_testing::SpanRecorder;

/// The file as it is in the repository.
const FILE: &str = include_str!("tracehop.toml");

/// The same, but heartbeats are left alone altogether, and so are orders.
const ALL_OFF: &str = "[defaults]\nspans = \"off\"\n";

/// A mistake in the third line.
const WRONG: &str = "[[destination]]\nmatch = \"orders\"\nspans = \"sometimes\"\n";

const TOPICS: [&str; 2] = ["orders", "heartbeats"];

/// Longer than anything takes here.
const DEADLINE: Duration = Duration::from_secs(60);

/// Reloads policies under load, and loses no message.
#[derive(Debug, Parser)]
#[command(name = "policy")]
struct Cli {
    /// How many messages are sent to each topic.
    #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
    messages: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse().messages).await {
        Ok(seen) => {
            println!("{seen}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("policy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(messages: usize) -> anyhow::Result<String> {
    let folder = Folder::new()?;
    let file = folder.0.join("tracehop.toml");
    fs::write(&file, FILE)?;

    let policies = LivePolicies::from_file(&file)?;
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().policies(policies.clone()).build();

    let broker = EmbeddedBroker::start()?;
    let producer = producer(&broker, &tracer)?;
    let consumer = consumer(&broker, &tracer)?;
    let handled = Arc::new(AtomicUsize::new(0));
    let all = messages * TOPICS.len();
    let work = async {
        tokio::try_join!(send_all(&producer, messages), handle_all(&consumer, all, &handled))?;
        anyhow::Ok(())
    };
    let reloads = reload_until(&file, &policies, work);
    let refused = timeout(DEADLINE, reloads).await.context("the messages did not arrive in time")??;

    let handled = handled.load(Ordering::Relaxed);
    ensure!(handled == all, "{} messages were lost", all - handled);
    ensure!(spans.unfinished() == 0, "{} spans did not end", spans.unfinished());
    let names = spans.finished().into_iter().map(|span| span.name.into_owned());
    let of_orders = names.filter(|name| name == "send orders").count();
    Ok(format!(
        "sent      {all} messages to {}\nhandled   {handled}\nlost      0\nreplaced  {} times, meanwhile\nrefused   {refused} files \
         that are wrong\ntraced    {of_orders} of {messages} orders: those that were sent while the file said so",
        TOPICS.join(" and "),
        policies.replacements(),
    ))
}

/// Loads one file after the other until `work` is done. How many were refused.
async fn reload_until(
    file: &Path,
    policies: &LivePolicies,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<usize> {
    let mut work = std::pin::pin!(work);
    let mut ticks = interval(Duration::from_millis(5));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut refused = 0;
    for text in [ALL_OFF, WRONG, FILE].into_iter().cycle() {
        tokio::select! {
            done = &mut work => return done.map(|()| refused),
            _ = ticks.tick() => {
                fs::write(file, text)?;
                if let Err(error) = policies.load(file) {
                    report_once(refused, &error);
                    refused += 1;
                }
            }
        }
    }
    Ok(refused)
}

fn report_once(refused: usize, error: &PolicyError) {
    if refused == 0 {
        println!("not taken: {error}");
    }
}

fn producer(broker: &EmbeddedBroker, tracer: &MessagingTracer) -> anyhow::Result<TracedFutureProducer> {
    for topic in TOPICS {
        broker.create_topic(topic, 1)?;
    }
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.bootstrap_servers());
    Ok(config.create::<FutureProducer>()?.traced(tracer))
}

fn consumer(broker: &EmbeddedBroker, tracer: &MessagingTracer) -> anyhow::Result<TracedStreamConsumer> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker.bootstrap_servers())
        .set("group.id", "policy")
        .set("auto.offset.reset", "earliest");
    let consumer = config.create::<StreamConsumer>()?.traced(tracer);
    consumer.subscribe(&TOPICS)?;
    Ok(consumer)
}

async fn send_all(producer: &TracedFutureProducer, messages: usize) -> anyhow::Result<()> {
    let records = (0..messages).flat_map(|number| TOPICS.map(|topic| (topic, number.to_string())));
    stream::iter(records)
        .map(|(topic, number)| async move {
            let headers = OwnedHeaders::new()
                .insert(rdkafka::message::Header { key: "content-type", value: Some("text/plain") });
            let record = FutureRecord::to(topic).key(&number).payload(&number).headers(headers);
            producer.send(record, DEADLINE).await.map_err(|(error, _)| error)
        })
        .buffer_unordered(200)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(())
}

async fn handle_all(
    consumer: &TracedStreamConsumer,
    messages: usize,
    handled: &AtomicUsize,
) -> anyhow::Result<()> {
    for _ in 0..messages {
        let message = consumer.recv().await?;
        message
            .process(async {
                let text = message.payload_view::<str>().context("it has a payload")??;
                text.parse::<usize>()?;
                handled.fetch_add(1, Ordering::Relaxed);
                anyhow::Ok(())
            })
            .await?;
    }
    Ok(())
}

/// A folder of this run's own, which is removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("tracehop-policy-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reload_under_load_loses_no_message() {
        let seen = run(2000).await.unwrap();
        assert!(seen.contains("handled   4000\nlost      0"), "{seen}");
        assert!(!seen.contains("refused   0 files"), "{seen}");
    }

    #[test]
    fn the_file_is_right() {
        assert_ne!(tracehop::Policies::from_toml(FILE).unwrap(), tracehop::Policies::new());
    }
}
