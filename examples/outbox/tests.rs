//! The whole story, with relays that are killed, and what the spans of all processes say of it.

use std::collections::BTreeSet;
use std::env;
use std::time::{Duration, SystemTime};

use clap::Parser;
use opentelemetry_sdk::trace::SpanData;
use rusqlite::Connection;
use tempfile::TempDir;
use tracehop_sdk::{JourneyExporter, JourneySpan, Traces};
use tracehop_testing::{OtlpRecorder, RecordedSpan, TraceTree};

use crate::attempts::Attempts;
use crate::cli::{Cli, Role};
use crate::kafka::Kafka;
use crate::relay::{self, RelayOptions};
use crate::relay_process::RelayProcess;
use crate::shop::Shop;
use crate::stop::Stop;
use crate::story::Story;
use crate::{MAX_AGE, database, report};

/// The test that is a relay if a variable has the arguments of one, line by line.
pub(crate) const RELAY: &str = "tests::a_relay_sends_what_waits_counts_what_is_broken_and_ends";
pub(crate) const ARGUMENTS: &str = "OUTBOX_RELAY";

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_sends_what_waits_counts_what_is_broken_and_ends() {
    if let Ok(arguments) = env::var(ARGUMENTS) {
        let cli = Cli::parse_from(["outbox"].into_iter().chain(arguments.lines()));
        let Some(Role::Relay(options)) = cli.role else { panic!("no relay: {arguments}") };
        return relay::run(&options).await.unwrap();
    }
    let (folder, spans) = (TempDir::new().unwrap(), OtlpRecorder::start().await.unwrap());
    let kafka = Kafka::connect(None).await.unwrap();
    let options = RelayOptions {
        database: folder.path().join("shop.db"),
        kafka_brokers: kafka.servers.clone(),
        stop_at: None,
    };
    let (mut shop, _traces) = shop(database::create(&options.database).unwrap());
    for (id, context) in [("ord_1", None), ("ord_2", Some("broken")), ("ord_3", Some(""))] {
        shop.place_order(&kafka.topics.orders, id, "a book", SystemTime::now()).unwrap();
        if let Some(context) = context {
            shop.database.execute("UPDATE outbox SET context = ?1 WHERE key = ?2", [context, id]).unwrap();
        }
    }

    let ended = RelayProcess::start(&options, &spans.variables()).unwrap().ended().await.unwrap();
    assert_eq!(ended.summary, "published 3 rows, 1 of them without a context");
    assert_eq!(ended.complaints, [OF_ROW_2]);
    assert_eq!(count(&shop.database, "outbox WHERE published = 1"), 3);
    // What had a context keeps it. What has none is no fault, and gets one of its own.
    spans.assert_tree(
        "
        relay: send orders  CLIENT    links: (remote)
        relay: send orders  PRODUCER
        relay: send orders  PRODUCER
        ",
    );

    let again = RelayProcess::start(&options, &spans.variables()).unwrap().ended().await.unwrap();
    assert_eq!(again.summary, "published 0 rows, 0 of them without a context");
}

const OF_ROW_2: &str = "relay: row 2 of the outbox: invalid creation context: the traceparent is not as W3C Trace Context says; \
                        it is sent without a context";

#[tokio::test(flavor = "multi_thread")]
async fn the_traces_hold_although_relays_are_killed() {
    let story = play(Some(MAX_AGE)).await;
    story.spans.assert_tree(
        "
        shop: place order                  INTERNAL  #1
        └ warehouse: process orders        CONSUMER  links: #1
        shop: place order                  INTERNAL  #2
        └ warehouse: process orders        CONSUMER  links: #2
        shop: place order                  INTERNAL  #3
        ├ warehouse: process orders        CONSUMER  links: #3
        └ warehouse: process orders        CONSUMER  links: #3
        shop: place order                  INTERNAL
        shop: place order                  INTERNAL  #4
        shop: schedule reminder            INTERNAL
        └ scheduler: remind                INTERNAL
          └ scheduler: send reminders      PRODUCER  #5
            └ warehouse: process reminders CONSUMER  links: #5
        shop: schedule reminder            INTERNAL  #6
        shop: change order                 INTERNAL  #7
        └ warehouse: process events        CONSUMER  links: #7
        shop: change order                 INTERNAL
        relay: send orders                 CLIENT    links: #1
        relay: send orders                 CLIENT    links: #2
        relay: send orders                 CLIENT    links: #3
        relay: send orders                 CLIENT    links: #3
        relay: send orders                 PRODUCER  #8
        └ warehouse: process orders        CONSUMER  links: #8
        relay: send orders                 CLIENT    links: #4
        scheduler: remind                  INTERNAL  links: #6
        └ scheduler: send reminders        PRODUCER  #9
          └ warehouse: process reminders   CONSUMER  links: #9
        replay: send events                CLIENT    links: #7
        replay: send events                PRODUCER  #10
        └ warehouse: process events        CONSUMER  links: #10
        warehouse: process orders          CONSUMER  links: #4
        ",
    );
    story.spans.assert_no_orphans();
    story.spans.assert_every_message_linked();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_spans_of_the_relays_each_order_is_whole() {
    let story = play(None).await;
    let others = story.spans.finished().into_iter().filter(|it| it.service.as_deref() != Some("relay"));
    let of_orders = others.filter(|it| ["place order", "process orders"].contains(&&*it.span.name));
    TraceTree::of(of_orders).assert(
        "
        shop: place order            INTERNAL  #1
        └ warehouse: process orders  CONSUMER  links: #1
        shop: place order            INTERNAL  #2
        └ warehouse: process orders  CONSUMER  links: #2
        shop: place order            INTERNAL  #3
        ├ warehouse: process orders  CONSUMER  links: #3
        └ warehouse: process orders  CONSUMER  links: #3
        shop: place order            INTERNAL
        shop: place order            INTERNAL  #4
        └ warehouse: process orders  CONSUMER  links: #4
        (remote)
        └ warehouse: process orders  CONSUMER  links: (remote)
        ",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_comes_as_often_as_it_was_sent_and_with_its_baggage() {
    let story = play(Some(MAX_AGE)).await;
    let attempts = |order: &str| {
        let Attempts { begun, answered } = story.attempts[order];
        (begun, answered)
    };
    // The order, how often it was tried and sent, and why.
    for (order, expected, reason) in [
        ("ord_1", (1, 1), "nobody was killed"),
        ("ord_2", (2, 1), "a relay was killed before it sent it"),
        ("ord_3", (2, 2), "a relay was killed before it marked it"),
        ("ord_4", (1, 1), "its context is broken"),
        ("ord_5", (1, 1), "it is a year old"),
    ] {
        assert_eq!(attempts(order), expected, "{order}: {reason}");
    }
    let received: Vec<_> = story
        .received
        .iter()
        .map(|((topic, key), (times, tenant))| format!("{topic} {key} {times} {tenant}"))
        .collect();
    assert_eq!(
        received,
        [
            "events ord_1 1 acme",
            "events ord_2 1 ",
            "orders ord_1 1 acme",
            "orders ord_2 1 acme",
            "orders ord_3 2 acme",
            "orders ord_4 1 ",
            "orders ord_5 1 acme",
            "reminders ord_1 1 acme",
            // Only linked, it has nothing of whoever scheduled it.
            "reminders ord_3 1 ",
        ]
    );
    assert_eq!(story.complaints.len(), 2, "{:?}", story.complaints);
    assert!(story.complaints[0].starts_with("relay: row 4 of the outbox: invalid creation context"));
    assert!(story.complaints[1].starts_with("replay: line 2 of "), "{:?}", story.complaints);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_last_year_is_continued_unless_the_policy_says_how_old_it_may_be() {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let continued = "
        shop: place order            INTERNAL  #1
        └ warehouse: process orders  CONSUMER  links: #1
        relay: send orders           CLIENT    links: #1
    ";
    let linked = "
        shop: place order            INTERNAL  #1
        relay: send orders           CLIENT    links: #1
        warehouse: process orders    CONSUMER  links: #1
    ";
    for (max_age, expected) in [(None, continued), (Some(YEAR * 2), continued), (Some(YEAR / 2), linked)] {
        let story = play(max_age).await;
        let [.., (_, order)] = &story.examples;
        let is_its = |span: &SpanData| {
            let links = span.links.iter().map(|link| &link.span_context);
            links.chain([&span.span_context]).any(|span| span.trace_id() == order.trace_id())
        };
        let spans = story.spans.finished().into_iter().filter(|RecordedSpan { span, .. }| is_its(span));
        TraceTree::of(spans).assert(expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_goes_through_all_who_had_it() {
    let story = play(Some(MAX_AGE)).await;
    let journeys = report::journeys(&story.spans).await.unwrap();
    let services = story.examples.each_ref().map(|(what, waited)| {
        let its = journeys.iter().filter(|journey| journey.trace_ids().contains(&waited.trace_id()));
        let [journey] = its.collect::<Vec<_>>()[..] else { panic!("{what} is not one journey") };
        let services: BTreeSet<&str> = journey.spans().map(JourneySpan::service).collect();
        (Vec::from_iter(services).join(" "), journey.spans().len())
    });
    let through_the_outbox = |spans| ("relay shop warehouse".to_owned(), spans);
    assert_eq!(
        services,
        [
            through_the_outbox(3),
            through_the_outbox(5),
            ("scheduler shop warehouse".to_owned(), 4),
            ("replay shop warehouse".to_owned(), 3),
            through_the_outbox(3),
        ]
    );
}

#[test]
fn an_order_that_cannot_be_written_leaves_no_message() {
    let folder = TempDir::new().unwrap();
    let (mut shop, _traces) = shop(database::create(&folder.path().join("shop.db")).unwrap());
    let mut place = |item| shop.place_order("orders", "ord_1", item, SystemTime::now());
    place("a book").unwrap();
    place("another book").unwrap_err();
    assert_eq!(count(&shop.database, "outbox"), 1);
}

#[test]
fn a_stop_is_read_as_it_is_written_and_what_is_none_is_refused() {
    for text in ["counted:2", "sent:30"] {
        assert_eq!(text.parse::<Stop>().unwrap().to_string(), text);
    }
    for (text, reason) in [
        ("sent", "a stop is counted:ROW or sent:ROW"),
        ("marked:1", "marked is no place to stop at: it is counted or sent"),
        ("sent:one", "one is not the number of a row"),
    ] {
        assert_eq!(text.parse::<Stop>().unwrap_err().to_string(), reason);
    }
}

/// The story, on a broker inside this process.
async fn play(max_age: Option<Duration>) -> Story {
    Story::play(&Kafka::connect(None).await.unwrap(), max_age).await.unwrap()
}

/// A shop whose spans nobody sees, and what makes them.
fn shop(database: Connection) -> (Shop, Traces) {
    let traces = Traces::builder("shop").exporter(JourneyExporter::new()).build().unwrap();
    (Shop::new(database, &traces), traces)
}

fn count(database: &Connection, rows: &str) -> u32 {
    database.query_row(&format!("SELECT COUNT(*) FROM {rows}"), (), |row| row.get(0)).unwrap()
}
