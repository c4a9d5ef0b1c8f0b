//! The page on operating and its dashboard name metrics that exist.

use std::collections::BTreeSet;

use serde_json::Value;
use tracehop::{Destination, MemoryHeaders, MessageInfo, MessagingTracer};
use tracehop_testing::{MetricPoint, MetricRecorder};

use crate::mail::{Letter, MailError, Post, TRACEPARENT, letter};

const PAGE: &str = include_str!("../../../../docs/operating.md");
const DASHBOARD: &str = include_str!("../../../../docs/operating/dashboard.json");

/// How Prometheus shows the series of a point, and the labels that they have.
fn series_of(point: &MetricPoint) -> Vec<(String, BTreeSet<String>)> {
    let unit = match point.unit.as_str() {
        "s" => "_seconds",
        _ => "",
    };
    let name = format!("{}{unit}", point.name.replace('.', "_"));
    let labels: BTreeSet<String> = point.attributes.iter().map(|(key, _)| key.replace('.', "_")).collect();
    match point.kind {
        "counter" => vec![(format!("{name}_total"), labels)],
        "histogram" => {
            let with_le = labels.iter().cloned().chain(["le".to_owned()]).collect();
            vec![(format!("{name}_bucket"), with_le), (format!("{name}_count"), labels)]
        }
        _ => vec![(name, labels)],
    }
}

/// All series and labels that there can be.
fn known() -> (BTreeSet<String>, BTreeSet<String>) {
    let metrics = MetricRecorder::new();
    let tracer = MessagingTracer::builder()
        .tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new())
        .metrics(metrics.messaging().queue_times(true).max_destinations(2))
        .build();
    let post = Post::new(&tracer);
    let now = std::time::SystemTime::now();
    for sent_at in [now, now + std::time::Duration::from_secs(3600)] {
        let order = Letter {
            sent_at: Some(sent_at),
            ..letter([("traceparent", TRACEPARENT), ("tracestate", "="), ("attempt", "2")])
        };
        let _ = post.receive(order).process_blocking(|| Err::<(), _>(MailError("DECLINED")));
    }
    post.send("orders");
    for destination in [Destination::named("a.1").template("a.{id}"), Destination::named("beyond")] {
        post.client.send(&MessageInfo::to(destination), &mut MemoryHeaders::new()).end();
    }
    let points = metrics.points();
    let all = points.iter().flat_map(series_of);
    let (mut names, labels): (BTreeSet<_>, Vec<_>) = all.unzip();
    // That of `tracehop-sdk`, which has a test of its own.
    names.insert("tracehop_spans_lost_total".to_owned());
    (names, labels.into_iter().flatten().collect())
}

/// The words of a query that look like names of series, and those that look like labels.
fn check(query: &str, names: &BTreeSet<String>, labels: &BTreeSet<String>) {
    // What Grafana and Prometheus add.
    let others = ["service_name", "job", "instance", "__rate_interval"];
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found = 0;
    for word in query.split(|character| !is_word(character)).filter(|word| word.contains('_')) {
        let is_function = ["histogram_quantile", "group_left", "label_values"].contains(&word);
        let is_known = names.contains(word) || labels.contains(word) || others.contains(&word) || is_function;
        assert!(is_known, "{word} in {query}");
        found += usize::from(names.contains(word));
    }
    assert!(found > 0, "no series in {query}");
}

#[test]
fn the_dashboards_queries_name_metrics_that_exist() {
    let (names, labels) = known();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let queries: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(queries.len() >= 12, "{queries:?}");
    for query in &queries {
        check(query, &names, &labels);
    }
    check(dashboard["templating"]["list"][1]["query"].as_str().unwrap(), &names, &labels);
    for name in names.iter().filter(|name| !name.ends_with("_count")) {
        assert!(queries.iter().any(|query| query.contains(name.as_str())), "no panel shows {name}");
    }
}

#[test]
fn the_pages_queries_name_metrics_that_exist() {
    let (names, labels) = known();
    let in_code = |line: &'static str| line.rsplit_once("| `")?.1.strip_suffix("` |");
    let queries: Vec<&str> = PAGE
        .lines()
        .filter_map(in_code)
        .filter(|code| code.contains("_total") || code.contains("rate("))
        .collect();
    assert!(queries.len() >= 12, "{queries:?}");
    for query in &queries {
        check(query, &names, &labels);
    }
}
