//! The shop: does its work in the database and in a file, and leaves it to others to send.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use rusqlite::Connection;
use serde_json::json;
use tracehop::{CreationContext, MessagingTracer};
use tracehop_sdk::Traces;

use crate::database::millis;
use crate::event::Event;

pub(crate) struct Shop {
    pub(crate) database: Connection,
    tracer: MessagingTracer,
    spans: SdkTracer,
}

impl Shop {
    pub(crate) fn new(database: Connection, traces: &Traces) -> Self {
        let spans = traces.provider().tracer("outbox");
        Self { database, tracer: traces.messaging_tracer(), spans }
    }

    /// Writes the order, and the message about it with the context that is current: both, or neither. `now` is the time of it.
    pub(crate) fn place_order(
        &mut self,
        topic: &str,
        id: &str,
        item: &str,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        let _active = self.request("place order").attach();
        let payload = json!({ "id": id, "item": item }).to_string();
        let context = self.tracer.current_creation().to_string();
        let transaction = self.database.transaction()?;
        transaction.execute("INSERT INTO orders (id, item) VALUES (?1, ?2)", (id, item))?;
        transaction.execute(
            "INSERT INTO outbox (topic, key, payload, context, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (topic, id, payload, context, millis(now)?),
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Has the customer reminded of an order at a later time.
    pub(crate) fn remind(
        &self,
        order_id: &str,
        now: SystemTime,
        due_at: SystemTime,
    ) -> anyhow::Result<CreationContext> {
        let _active = self.request("schedule reminder").attach();
        let creation = self.tracer.current_creation();
        self.database.execute(
            "INSERT INTO jobs (order_id, context, created_at, due_at) VALUES (?1, ?2, ?3, ?4)",
            (order_id, creation.to_string(), millis(now)?, millis(due_at)?),
        )?;
        Ok(creation)
    }

    /// Writes an event about an order behind those that are in the file: one JSON object a line.
    pub(crate) fn note(&self, file: &Path, order_id: &str, what: &str) -> anyhow::Result<CreationContext> {
        let _active = self.request("change order").attach();
        let context = self.tracer.current_creation();
        let event = Event { order_id: order_id.to_owned(), what: what.to_owned(), context };
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        writeln!(file, "{}", serde_json::to_string(&event)?)?;
        Ok(event.context)
    }

    /// The context of a customer's request: a span, and baggage.
    fn request(&self, name: &'static str) -> Context {
        let cx = Context::new().with_baggage([KeyValue::new("tenant", "acme")]);
        let span = self.spans.start_with_context(name, &cx);
        cx.with_span(span)
    }
}
