//! Whether all that was to arrive has arrived.

use std::collections::HashSet;

use anyhow::{Context, ensure};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;

use crate::collector::Received;
use crate::customer::Customer;
use crate::tree;

const CHARGED: &str = "\
POST /orders SERVER
  place INTERNAL  events: the order is placed
    send orders PRODUCER
      process orders CONSUMER  events: the order is taken
        charge INTERNAL  events: the card is charged
        publish orders.answered PRODUCER
          process orders.answered CONSUMER  events: the order is answered
";

const REFUSED: &str = "\
POST /orders SERVER
  place INTERNAL  events: the order is placed
    send orders PRODUCER
      process orders CONSUMER  events: the order is taken, the order is refused, tracehop.failure_handled
        charge INTERNAL
        send orders.dead PRODUCER
        publish orders.answered PRODUCER
          process orders.answered CONSUMER  events: the order is answered
";

type Ids = (TraceId, SpanId);

/// What was found.
pub(crate) struct Report {
    charged: String,
    refused: String,
    counts: String,
}

/// # Errors
///
/// What is missing, or is not where it belongs.
pub(crate) fn check(customers: &[Customer], received: &Received, lines: &[String]) -> anyhow::Result<Report> {
    let (mut charged, mut refused) = (String::new(), String::new());
    for customer in customers {
        let (expected, place) =
            if customer.is_refused { (REFUSED, &mut refused) } else { (CHARGED, &mut charged) };
        *place = trace(received, customer, expected)?;
    }
    let ids: HashSet<Ids> =
        received.spans.iter().map(|span| ids(&span.trace_id, &span.span_id)).collect::<Result<_, _>>()?;
    let (with_ids, all) = (check_lines(&ids, customers, lines)?, lines.len());
    let logs = check_logs(&ids, received)?;
    ensure!(
        logs == with_ids,
        "{with_ids} lines of the log and {logs} records over OTLP have the ids of a span"
    );
    let placed = placed(received).context("the metric shop.orders.placed has not arrived")?;
    let customers = u64::try_from(customers.len())?;
    ensure!(placed == customers, "the metric shop.orders.placed says {placed}, and {customers} were placed");
    let processed = processed(received).context("the metric messaging.process.duration has not arrived")?;
    // Each order is a message, and its answer another one.
    ensure!(processed == 2 * customers, "the metric messaging.process.duration counts {processed} messages");
    let counts = format!(
        "{} spans, {} metrics and {} log records arrived; {with_ids} of {all} lines of the log have the ids of a span\n",
        received.spans.len(),
        received.metrics.len(),
        received.logs.len()
    );
    Ok(Report { charged, refused, counts })
}

pub(crate) fn print(report: &Report) {
    let Report { charged, refused, counts } = report;
    println!("\nan order that was charged:\n\n{charged}\none that was refused:\n\n{refused}\n{counts}");
}

/// The tree of one customer's trace.
fn trace(received: &Received, customer: &Customer, expected: &str) -> anyhow::Result<String> {
    let of_the_trace = |span: &&Span| span.trace_id == customer.trace_id.to_bytes();
    let spans: Vec<Span> = received.spans.iter().filter(of_the_trace).cloned().collect();
    let tree = tree::of(&spans, &customer.span_id.to_bytes());
    ensure!(
        tree == expected && spans.len() == expected.lines().count(),
        "a trace of {} spans is not as expected:\n{tree}\nbut should be:\n{expected}",
        spans.len()
    );
    Ok(tree)
}

/// Each line that has ids has those of a span that arrived, and each order has its lines. How many lines have ids.
fn check_lines(ids: &HashSet<Ids>, customers: &[Customer], lines: &[String]) -> anyhow::Result<usize> {
    let mut found = Vec::new();
    for line in lines {
        let json: Value = serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))?;
        let field = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
        if let (Some(trace), Some(span)) = (field("trace_id"), field("span_id")) {
            let (trace, span) = (TraceId::from_hex(&trace)?, SpanId::from_hex(&span)?);
            ensure!(ids.contains(&(trace, span)), "no span arrived for this line: {line}");
            found.push((trace, field("message").unwrap_or_default()));
        }
    }
    for customer in customers {
        let last = if customer.is_refused { "the order is refused" } else { "the card is charged" };
        for message in ["the order is placed", "the order is taken", last, "the order is answered"] {
            let line = (customer.trace_id, message.to_owned());
            ensure!(found.contains(&line), "no line {message:?} in the trace {}", customer.trace_id);
        }
    }
    Ok(found.len())
}

/// The same of what arrived over OTLP.
fn check_logs(ids: &HashSet<Ids>, received: &Received) -> anyhow::Result<usize> {
    let with_ids = received.logs.iter().filter(|log| !log.trace_id.is_empty());
    let mut count = 0;
    for log in with_ids {
        let id = self::ids(&log.trace_id, &log.span_id)?;
        ensure!(ids.contains(&id), "no span arrived for this record: {log:?}");
        count += 1;
    }
    Ok(count)
}

/// The last value of the service's own counter.
fn placed(received: &Received) -> Option<u64> {
    let Data::Sum(sum) = last(received, "shop.orders.placed")? else { return None };
    match sum.data_points.first()?.value? {
        Number::AsInt(value) => u64::try_from(value).ok(),
        Number::AsDouble(_) => None,
    }
}

/// How many durations core has recorded, in all series.
fn processed(received: &Received) -> Option<u64> {
    let Data::Histogram(durations) = last(received, "messaging.process.duration")? else { return None };
    Some(durations.data_points.iter().map(|point| point.count).sum())
}

/// What arrived last of a metric.
fn last<'a>(received: &'a Received, name: &str) -> Option<&'a Data> {
    received.metrics.iter().rev().find(|metric| metric.name == name)?.data.as_ref()
}

/// The ids of a span, as OTLP has them.
fn ids(trace_id: &[u8], span_id: &[u8]) -> anyhow::Result<Ids> {
    Ok((TraceId::from_bytes(trace_id.try_into()?), SpanId::from_bytes(span_id.try_into()?)))
}
