//! The scheduler: runs the jobs that are due, each in the trace of whoever scheduled it.

use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, Link, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracer;
use rdkafka::producer::FutureRecord;
use rusqlite::{Connection, Row};
use tracehop::CreationContext;
use tracehop_kafka::TracedFutureProducer;
use tracehop_sdk::Traces;

use crate::database::millis;

const PATIENCE: Duration = Duration::from_secs(10);

/// A job that has waited for longer has a trace of its own, which links to that of whoever scheduled it.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) struct Scheduler {
    pub(crate) database: Connection,
    pub(crate) producer: TracedFutureProducer,
    spans: SdkTracer,
}

struct Job {
    id: i64,
    order_id: String,
    context: String,
    created_at: i64,
}

impl Scheduler {
    pub(crate) fn new(database: Connection, producer: TracedFutureProducer, traces: &Traces) -> Self {
        Self { database, producer, spans: traces.provider().tracer("outbox") }
    }

    /// Runs the jobs that are due at `now`. How many there were.
    pub(crate) async fn run_due(&self, topic: &str, now: SystemTime) -> anyhow::Result<usize> {
        let jobs = self.due(now)?;
        for job in &jobs {
            let sent = async {
                let reminder = FutureRecord::to(topic).key(&job.order_id).payload("is it all right?");
                self.producer.send(reminder, PATIENCE).await.map_err(|(error, _)| error)
            };
            sent.with_context(self.start(job, now)?).await?;
            // As in the outbox: if the scheduler is killed before this, the job runs once more.
            self.database.execute("UPDATE jobs SET done = 1 WHERE id = ?1", [job.id])?;
        }
        Ok(jobs.len())
    }

    fn due(&self, now: SystemTime) -> anyhow::Result<Vec<Job>> {
        let mut statement = self.database.prepare(
            "SELECT id, order_id, context, created_at FROM jobs WHERE done = 0 AND due_at <= ?1 ORDER BY due_at",
        )?;
        let job = |row: &Row<'_>| {
            let (id, order_id, context, created_at) = row.try_into()?;
            Ok(Job { id, order_id, context, created_at })
        };
        Ok(statement.query_map([millis(now)?], job)?.collect::<Result<_, _>>()?)
    }

    /// The context in which a job runs. Its span ends with it.
    fn start(&self, job: &Job, now: SystemTime) -> anyhow::Result<Context> {
        let stored = job.context.parse::<CreationContext>().unwrap_or_else(|error| {
            eprintln!("scheduler: job {}: {error}; it runs without a context", job.id);
            CreationContext::NONE
        });
        let span = self.spans.span_builder("remind");
        let has_waited_long = millis(now)? - job.created_at > i64::try_from(LONG.as_millis())?;
        if has_waited_long && stored.is_valid() {
            let span = span.with_links(vec![Link::with_context(stored.span_context())]);
            return Ok(Context::new().with_span(span.start_with_context(&self.spans, &Context::new())));
        }
        // The baggage is current too, and goes on with the message.
        let cx = stored.to_context();
        let span = span.start_with_context(&self.spans, &cx);
        Ok(cx.with_span(span))
    }
}
