//! The replay: reads a file of events, and sends each with the context that stands in its line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rdkafka::producer::FutureRecord;
use serde::Deserialize;
use serde_json::Value;
use tracehop::{CreationContext, MessagingTracer};
use tracehop_kafka::{KafkaHeadersMut, TracedFutureProducer};

use crate::event::Event;

const PATIENCE: Duration = Duration::from_secs(10);

/// What became of the events of a file.
#[derive(Default)]
pub(crate) struct Replayed {
    pub(crate) sent: usize,
    /// Contexts that are broken. Their events were sent without one.
    pub(crate) complaints: Vec<String>,
}

/// Sends all events of a file.
pub(crate) async fn run(
    file: &Path,
    topic: &str,
    producer: &TracedFutureProducer,
    tracer: &MessagingTracer,
) -> anyhow::Result<Replayed> {
    let mut replayed = Replayed::default();
    let lines = BufReader::new(File::open(file)?).lines();
    for (number, line) in lines.enumerate() {
        let place = format!("replay: line {} of {}", number + 1, file.display());
        // The context is read by itself, because the event is sent also if that is broken.
        let Event { order_id, what, context } =
            serde_json::from_str::<Event<Value>>(&line?).with_context(|| format!("{place} is no event"))?;
        let stored = CreationContext::deserialize(context).unwrap_or_else(|error| {
            replayed.complaints.push(format!("{place}: {error}; it is sent without a context"));
            CreationContext::NONE
        });
        let mut record = FutureRecord::to(topic).key(&order_id).payload(&what);
        if let Err(error) = tracer.inject_creation(&stored, &mut KafkaHeadersMut::new(&mut record.headers)) {
            replayed.complaints.push(format!("{place}: {error}"));
        }
        producer.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
        replayed.sent += 1;
    }
    Ok(replayed)
}
