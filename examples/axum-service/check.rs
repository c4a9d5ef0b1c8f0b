//! Whether all that was to arrive has arrived.

use std::collections::HashSet;

use anyhow::{Context, ensure};
use opentelemetry::trace::{SpanId, TraceId};
use serde_json::Value;
use tracehop_testing::{OtlpRecorder, RecordedSpan, TraceTree};

use crate::customer::Customer;

const CHARGED: &str = "\
(remote)
└ POST /orders                       SERVER
  └ place                            INTERNAL  events: the order is placed
    └ send orders                    PRODUCER  #1
      └ process orders               CONSUMER  links: #1  events: the order is taken
        ├ charge                     INTERNAL  events: the card is charged
        └ publish orders.answered    PRODUCER  #2
          └ process orders.answered  CONSUMER  links: #2  events: the order is answered
";

const REFUSED: &str = "\
(remote)
└ POST /orders                       SERVER
  └ place                            INTERNAL  events: the order is placed
    └ send orders                    PRODUCER  #1
      └ process orders               CONSUMER  links: #1  events: the order is taken, the order is refused, tracehop.failure_handled
        ├ charge                     INTERNAL
        ├ send orders.dead           PRODUCER
        └ publish orders.answered    PRODUCER  #2
          └ process orders.answered  CONSUMER  links: #2  events: the order is answered
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
pub(crate) fn check(
    customers: &[Customer],
    collector: &OtlpRecorder,
    lines: &[String],
) -> anyhow::Result<Report> {
    let (spans, refused_requests) = (collector.finished(), collector.refused());
    ensure!(refused_requests.is_empty(), "what arrived was no OTLP: {refused_requests:?}");
    let (mut charged, mut refused) = (String::new(), String::new());
    for customer in customers {
        let (expected, place) =
            if customer.is_refused { (REFUSED, &mut refused) } else { (CHARGED, &mut charged) };
        *place = trace(&spans, customer, expected)?;
    }
    let ids: HashSet<Ids> = spans.iter().map(ids).collect();
    let (with_ids, all) = (check_lines(&ids, customers, lines)?, lines.len());
    let logs = check_logs(&ids, collector)?;
    ensure!(
        logs == with_ids,
        "{with_ids} lines of the log and {logs} records over OTLP have the ids of a span"
    );
    let placed =
        count(collector, "shop.orders.placed").context("the metric shop.orders.placed has not arrived")?;
    let customers = u64::try_from(customers.len())?;
    ensure!(placed == customers, "the metric shop.orders.placed says {placed}, and {customers} were placed");
    let processed = count(collector, "messaging.process.duration")
        .context("the metric messaging.process.duration has not arrived")?;
    // Each order is a message, and its answer another one.
    ensure!(processed == 2 * customers, "the metric messaging.process.duration counts {processed} messages");
    let counts = format!(
        "{} spans, {} series of metrics and {} log records arrived; {with_ids} of {all} lines of the log have the ids of a span\n",
        spans.len(),
        collector.metrics().len(),
        collector.logs().len()
    );
    Ok(Report { charged, refused, counts })
}

pub(crate) fn print(report: &Report) {
    let Report { charged, refused, counts } = report;
    println!("\nan order that was charged:\n\n{charged}\none that was refused:\n\n{refused}\n{counts}");
}

/// The tree of one customer's trace.
fn trace(spans: &[RecordedSpan], customer: &Customer, expected: &str) -> anyhow::Result<String> {
    let all = spans.iter().map(|recorded| &recorded.span);
    let spans: Vec<_> =
        all.filter(|span| span.span_context.trace_id() == customer.trace_id).cloned().collect();
    let is_below = spans.iter().any(|span| span.parent_span_id == customer.span_id);
    ensure!(is_below, "no span is below that of the customer, {}", customer.span_id);
    let tree = TraceTree::new(spans).events(true).to_string();
    ensure!(tree == expected, "a trace is not as expected:\n{tree}\nbut should be:\n{expected}");
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
fn check_logs(ids: &HashSet<Ids>, collector: &OtlpRecorder) -> anyhow::Result<usize> {
    let mut count = 0;
    for log in collector.logs().iter().filter(|log| log.trace_id != TraceId::INVALID) {
        ensure!(ids.contains(&(log.trace_id, log.span_id)), "no span arrived for this record: {log:?}");
        count += 1;
    }
    Ok(count)
}

/// What the series of a metric count, if any has arrived.
fn count(collector: &OtlpRecorder, metric: &str) -> Option<u64> {
    let metrics = collector.metrics();
    let counts = metrics.iter().filter(|recorded| recorded.point.name == metric);
    counts.map(|recorded| recorded.point.count).reduce(|one, other| one + other)
}

fn ids(recorded: &RecordedSpan) -> Ids {
    let context = &recorded.span.span_context;
    (context.trace_id(), context.span_id())
}
