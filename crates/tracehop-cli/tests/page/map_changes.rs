//! The map beside an earlier one.

use std::time::{Duration, SystemTime};

use crate::samples::Pipeline;
use crate::site::{Site, parts, text};

const COMPARED: &str = "/map?window=5m&compare=before";

/// Who sends what to whom: a producer, a system, a destination, and a consumer with its group, if there is one.
type Flow<'a> = (&'a str, &'a str, &'a str, Option<(&'a str, &'a str)>);

/// What flowed some seconds ago, in journeys of their own.
fn flowed(pipeline: &mut Pipeline, seconds: u64, flows: &[Flow<'_>], failed: bool) {
    pipeline.at = SystemTime::now() - Duration::from_secs(seconds);
    for (producer, system, destination, consumer) in flows {
        let trace = 7_000_000 + pipeline.spans.len() as u64;
        let send = pipeline.span(producer, "send", trace, 0, 5).sends(system, destination);
        let send = pipeline.keep(if failed && consumer.is_none() { send.failed("full") } else { send });
        if let Some((consumer, group)) = consumer {
            let process = pipeline.span(consumer, "process", trace, 20, 5).below_remote(send);
            let process = process.processes(system, destination, group);
            pipeline.keep(process);
        }
    }
}

/// The window before, and this one.
fn both(before: &[Flow<'_>], now: &[Flow<'_>]) -> Pipeline {
    let mut pipeline = Pipeline::starting(SystemTime::now());
    // Something is kept of the time before both, so that each is five minutes long.
    flowed(&mut pipeline, 700, &[("web", "kafka", "long ago", None)], false);
    flowed(&mut pipeline, 400, before, false);
    flowed(&mut pipeline, 60, now, false);
    pipeline
}

/// The texts of a table's rows, with a space between cells.
fn rows(html: &str, table: &str) -> Vec<String> {
    let table =
        parts(html, &format!("<table class=\"plain wide\" {table}"))[0].split_once("</table>").unwrap().0;
    let body = table.split_once("<tbody>").unwrap().1;
    let cells = |row: &&str| parts(row, "<td").into_iter().map(text).collect::<Vec<String>>().join(" ");
    parts(body, "<tr").iter().map(cells).collect()
}

fn has(rows: &[String], starts: &str, contains: &str) {
    assert!(
        rows.iter().any(|row| row.starts_with(starts) && row.contains(contains)),
        "no row {starts:?} with {contains:?} in {rows:#?}"
    );
}

#[tokio::test]
async fn a_group_that_another_one_replaced_is_gone() {
    let with = |group| [("web", "kafka", "orders", Some(("billing", group)))];
    let site = Site::of(both(&with("old"), &with("new"))).await;
    let rows = rows(&site.html(COMPARED).await, "data-changes");
    assert_eq!(rows.len(), 2, "{rows:#?}");
    has(&rows, "orders billing new", " new ");
    has(&rows, "orders billing old", "gone: it was 12/h");
}

#[tokio::test]
async fn sends_are_compared_too() {
    let before = [("web", "kafka", "stopped", None), ("web", "kafka", "letters", None)];
    let mut pipeline = both(&before, &[("web", "kafka", "started", None)]);
    flowed(&mut pipeline, 30, &[("web", "kafka", "letters", None), ("web", "kafka", "letters", None)], true);
    let site = Site::of(pipeline).await;
    let html = site.html(COMPARED).await;
    let rows = rows(&html, "data-changed-sends");
    assert_eq!(rows.len(), 3, "{rows:#?}");
    has(&rows, "web stopped", "gone: it was 12/h");
    has(&rows, "web started", "12/h new 0 % =");
    has(&rows, "web letters", "24/h ▴ × 2.0 ✗ 100 % new");
    assert!(text(&html).contains("Sends, and how they changed from 5 minutes earlier, "));
    assert!(!html.contains("data-incomplete"));
}

#[tokio::test]
async fn a_destination_of_the_same_name_in_another_system_is_another_one() {
    let of = |system| [("web", system, "orders", Some(("billing", "billing")))];
    let site = Site::of(both(&of("kafka"), &of("rabbitmq"))).await;
    let html = site.html(COMPARED).await;
    let deliveries = rows(&html, "data-changes");
    has(&deliveries, "orders rabbitmq billing billing", " new ");
    has(&deliveries, "orders kafka billing billing", "gone: it was");
    let sends = rows(&html, "data-changed-sends");
    has(&sends, "web orders rabbitmq", " new ");
    has(&sends, "web orders kafka", "gone: it was");
}

#[tokio::test]
async fn what_a_map_that_was_cut_lacks_is_neither_new_nor_gone() {
    let names: Vec<[String; 3]> =
        (0..120).map(|n| ["producer", "queue", "consumer"].map(|it| format!("{it} {n}"))).collect();
    let crowd: Vec<Flow<'_>> = names
        .iter()
        .flat_map(|[producer, queue, consumer]| {
            [(producer.as_str(), "kafka", queue.as_str(), Some((consumer.as_str(), "group"))); 2]
        })
        .collect();
    let steady: [Flow<'_>; 1] = [("web", "kafka", "steady", Some(("billing", "billing")))];
    let with_steady: Vec<Flow<'_>> = crowd.iter().chain(&steady).copied().collect();

    let site = Site::of(both(&steady, &with_steady)).await;
    let html = site.html(COMPARED).await;
    has(&rows(&html, "data-changes"), "steady billing billing", "not among the busiest: it was 12/h");
    has(&rows(&html, "data-changed-sends"), "web steady", "not among the busiest: it was 12/h");
    let told = text(parts(&html, "<p class=\"notes\" data-incomplete")[0].split_once("</p>").unwrap().0);
    assert!(told.contains("the later map lacks") && !told.contains("the earlier map lacks"), "{told}");
    assert!(!html.contains("gone: it was"));

    let site = Site::of(both(&with_steady, &steady)).await;
    let html = site.html(COMPARED).await;
    has(&rows(&html, "data-changes"), "steady billing billing", "not among the busiest before");
    has(&rows(&html, "data-changed-sends"), "web steady", "not among the busiest before");
    let told = text(parts(&html, "<p class=\"notes\" data-incomplete")[0].split_once("</p>").unwrap().0);
    assert!(told.contains("the earlier map lacks") && !told.contains("the later map lacks"), "{told}");
}
