//! The map compares with an earlier window, and says all of it in words.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::known::send_an_order_at;
use crate::support::Page;

const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
const TAB: &str = "\u{e004}";
const HOME: &str = "\u{e011}";

const CAPTION: &str = "document.querySelector('[data-changes] caption')?.textContent";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slider_that_is_moved_by_keys_compares_with_an_earlier_window() {
    let page = Page::empty().await;
    for seconds in [4_000, 400, 10] {
        send_an_order_at(&page.viewer, SystemTime::now() - Duration::from_secs(seconds)).await;
    }
    let all = |answer: &serde_json::Value| (answer["matched"] == 3).then_some(());
    page.viewer.wait_for("/api/v1/journeys?window=all", all).await.unwrap();
    page.open("/map?window=5m", "map").await;
    page.tab().script("window.notReloaded = true; document.querySelector('#compare').focus()").await.unwrap();
    assert_eq!(page.tab().count("[data-changes]").await.unwrap(), 0);

    page.tab().press(RIGHT).await.unwrap();
    page.until("it is compared", &format!("return {CAPTION}?.includes('from 5 minutes earlier')")).await;
    assert_eq!(page.tab().path().await.unwrap(), "/map?window=5m&compare=before");
    assert_eq!(page.attributes("#compare", "aria-valuetext").await, ["5 minutes earlier"]);
    assert_eq!(page.tab().texts("#compared").await.unwrap(), ["5 minutes earlier"]);
    let row = page.tab().texts("[data-changes] tbody tr").await.unwrap().concat();
    assert!(row.contains("orders") && !row.contains("new"), "{row:?}");

    page.tab().press(&[RIGHT, RIGHT, RIGHT].concat()).await.unwrap();
    page.until("an hour back", &format!("return {CAPTION}?.includes('from 1 hour earlier')")).await;
    assert_eq!(page.tab().path().await.unwrap(), "/map?window=5m&compare=1h");
    page.tab().press(LEFT).await.unwrap();
    page.until("less than that", &format!("return {CAPTION}?.includes('from 20 minutes earlier')")).await;
    page.until(
        "it has the focus still",
        "return document.activeElement.id === 'compare' && window.notReloaded === true",
    )
    .await;

    // The address that was made leads to the same, and the choice of a window keeps it.
    page.tab().reload().await.unwrap();
    page.is_on("map").await;
    page.until("the same", &format!("return {CAPTION}?.includes('from 20 minutes earlier')")).await;
    let choose = "const it = document.querySelector('#window'); it.value = '15m'; it.dispatchEvent(new Event('change'))";
    page.tab().script(choose).await.unwrap();
    page.until("another window", "return location.search === '?window=15m&compare=4x'").await;
    page.is_on("map").await;
    page.until("an hour back", &format!("return {CAPTION}?.includes('from 1 hour earlier')")).await;

    page.tab().script("document.querySelector('#compare').focus()").await.unwrap();
    page.tab().press(HOME).await.unwrap();
    page.until("it is compared with nothing", "return document.querySelector('[data-changes]') === null")
        .await;
    assert_eq!(page.tab().path().await.unwrap(), "/map?window=15m");
    page.was_quiet().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slider_gets_more_places_as_more_is_kept() {
    let page = Page::empty().await;
    page.open("/map?window=5m", "map").await;
    let state = "const it = document.querySelector('#compare'); return `${it.disabled} ${it.max}`";
    assert_eq!(page.tab().script(state).await.unwrap(), "true 1");
    send_an_order_at(&page.viewer, SystemTime::now() - Duration::from_secs(400)).await;
    page.until("there is one place", "return document.querySelector('#compare').disabled === false").await;
    assert_eq!(page.tab().script(state).await.unwrap(), "false 1");
    page.was_quiet().await;
}

#[tokio::test]
async fn every_node_and_arrow_is_a_stop_of_the_tab_key_and_open_tables_stay_open() {
    let page = Page::demo(20).await;
    page.open("/map", "map").await;
    page.tab().script("document.querySelector('#sends').open = true").await.unwrap();
    // Something arrives, and the map is drawn anew.
    page.tab().script("document.querySelector('.map').dataset.old = ''").await.unwrap();
    page.until("it is drawn anew", "return document.querySelector('.map').dataset.old === undefined").await;
    page.until("the table is open still", "return document.querySelector('#sends').open").await;

    page.tab().press("p").await.unwrap();
    page.until("it is paused", "return document.querySelector('#live').textContent === 'paused'").await;
    let links = page.tab().count(".map a").await.unwrap();
    page.tab().script("document.querySelector('.map').focus()").await.unwrap();
    for place in 0..links {
        page.tab().press(TAB).await.unwrap();
        let script =
            format!("return document.activeElement === document.querySelectorAll('.map a')[{place}]");
        page.until(&format!("the focus is on {place}"), &script).await;
    }
    page.was_quiet().await;
}

/// Three digits of a time.
fn time(nanos: &Value) -> String {
    let millis = nanos.as_f64().unwrap() / 1e6;
    let digits = if millis >= 100.0 {
        0
    } else if millis >= 10.0 {
        1
    } else {
        2
    };
    format!("{millis:.digits$} ms")
}

/// Up to sixty an hour, and more a minute.
fn rate(count: f64, seconds: f64) -> String {
    let hour = count * 3_600.0 / seconds;
    if hour < 60.0 { format!("{hour:.0}/h") } else { format!("{}/min", (hour / 0.6).round() / 100.0) }
}

/// Rows of a table with the texts of their cells.
async fn rows(page: &Page, table: &str) -> Vec<Vec<String>> {
    // Tables that are folded have a text, too.
    let script = "return [...document.querySelector(arguments[0]).querySelectorAll('tbody tr')]
        .map(row => [...row.cells].map(cell => cell.textContent.trim()))";
    serde_json::from_value(page.tab().script_with(script, vec![table.into()]).await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_arrows_of_the_map_and_their_rates_errors_and_percentiles_are_those_of_the_api() {
    let page = Page::empty().await;
    // The first one, so that the window is a whole one: then rates stay the same.
    for seconds in [700, 30, 20, 10] {
        send_an_order_at(&page.viewer, SystemTime::now() - Duration::from_secs(seconds)).await;
    }
    let all = |answer: &Value| {
        // Each order has one send and two tries.
        let arrows = answer["arrows"].as_array()?;
        (arrows.len() == 2 && arrows[0]["count"] == 3 && arrows[1]["count"] == 6).then(|| answer.clone())
    };
    let map = page.viewer.wait_for("/api/v1/map?window=5m", all).await.unwrap();
    page.open("/map?window=5m", "map").await;
    let seconds = map["seconds"].as_f64().unwrap();
    let (mut sends, mut deliveries, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
    for arrow in map["arrows"].as_array().unwrap() {
        let node = |place: &Value| &map["nodes"][usize::try_from(place.as_u64().unwrap()).unwrap()];
        let (from, to) = (node(&arrow["from"]), node(&arrow["to"]));
        let number = |name: &str| arrow[name].as_f64().unwrap();
        let rate = rate(number("count"), seconds);
        let failed = match number("errors") {
            0.0 => "0 %".to_owned(),
            errors => format!("✗ {:.0} %", errors * 100.0 / number("count")),
        };
        let names = [from, to].map(|node| node["name"].as_str().unwrap().to_owned());
        drawn.push(format!("{} → {}", names[0], names[1]));
        let [from, to] = names;
        if arrow["to"] == map["arrows"][1]["from"] {
            sends.push(vec![from, to, rate, failed, "0".to_owned()]);
        } else {
            let latency = ["p50_ns", "p95_ns", "p99_ns"].map(|name| time(&arrow["latency"][name]));
            let [p50, p95, p99] = latency;
            let handling = time(&node(&arrow["to"])["handling"]["p95_ns"]);
            deliveries.push(vec![from, to, "–".to_owned(), rate, failed, p50, p95, p99, handling]);
        }
    }
    assert_eq!(page.attributes("[data-arrow]", "data-arrow").await, drawn);
    assert_eq!(rows(&page, "table:not([data-sends])").await, deliveries);
    assert_eq!(rows(&page, "[data-sends]").await, sends);
    assert_eq!(
        (deliveries[0][3].as_str(), deliveries[0][4].as_str()),
        ("1.2/min", "✗ 50 %"),
        "{deliveries:?}"
    );
    assert_eq!((sends[0][2].as_str(), sends[0][3].as_str()), ("36/h", "0 %"), "{sends:?}");
    let words = page.tab().texts("a.arrow[data-arrow='orders → checkout'] text").await.unwrap();
    for said in &deliveries[0][3..8] {
        assert!(words.iter().any(|word| word.ends_with(said.as_str())), "{said} is not in {words:?}");
    }
    page.was_quiet().await;
}

/// A message of `web` that waits in a destination, or that a group of `worker` handles, a number of seconds ago.
fn message(number: u64, seconds: u64, destination: &str, group: Option<&str>, failed: bool) -> Value {
    let at = SystemTime::now() - Duration::from_secs(seconds);
    let nanos = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let span = |id: u64, operation: &str, after: u128, more: Value| {
        let mut span = json!({
            "traceId": format!("{number:032x}"), "spanId": format!("{id:016x}"), "name": operation,
            "kind": if operation == "send" { 4 } else { 5 },
            "startTimeUnixNano": (nanos + after).to_string(), "endTimeUnixNano": (nanos + after + 1_000_000).to_string(),
            "attributes": [
                text("messaging.system", "kafka"), text("messaging.destination.name", destination),
                text("messaging.operation.name", operation), text("messaging.operation.type", operation),
            ],
        });
        let attributes = span["attributes"].as_array_mut().unwrap();
        attributes.extend(group.map(|group| text("messaging.consumer.group.name", group)));
        if failed {
            attributes.push(text("error.type", "full"));
            span["status"] = json!({ "code": 2 });
        }
        span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        span
    };
    let of = |service: &str, span: Value| json!({ "resource": { "attributes": [text("service.name", service)] }, "scopeSpans": [{ "spans": [span] }] });
    let mut all = vec![of("web", span(1, "send", 0, json!({})))];
    if group.is_some() {
        let link =
            json!({ "links": [{ "traceId": format!("{number:032x}"), "spanId": format!("{:016x}", 1) }] });
        all.push(of("worker", span(2, "process", 20_000_000, link)));
    }
    json!({ "resourceSpans": all })
}

#[tokio::test]
async fn the_slider_shows_what_is_gone_what_was_replaced_and_how_sends_changed() {
    let page = Page::empty().await;
    let messages = [
        // So that the window before is a whole one.
        (700, "long ago", None, false),
        (400, "orders", Some("old"), false),
        (60, "orders", Some("new"), false),
        (400, "stopped", Some("worker"), false),
        (400, "letters", None, false),
        (60, "letters", None, true),
        (50, "letters", None, true),
    ];
    for (number, (seconds, destination, group, failed)) in (1..).zip(messages) {
        page.viewer.send(&message(number, seconds, destination, group, failed)).await.unwrap();
    }
    let all = |answer: &Value| (answer["matched"] == messages.len()).then_some(());
    page.viewer.wait_for("/api/v1/journeys?window=all", all).await.unwrap();
    page.open("/map?window=5m", "map").await;
    page.tab().script("document.querySelector('#compare').focus()").await.unwrap();
    page.tab().press(RIGHT).await.unwrap();
    page.until("it is compared", &format!("return {CAPTION}?.includes('from 5 minutes earlier')")).await;
    let told = async |table: &str| {
        let rows = rows(&page, table).await;
        let mut told: Vec<String> = rows.into_iter().map(|row| row.join(" | ")).collect();
        told.sort();
        told
    };
    let deliveries = told("[data-changes]").await;
    assert_eq!(
        deliveries,
        [
            "orders | worker | new | 12/h | new | 0 % | = | 19.0 ms | new | 19.0 ms | new",
            "orders | worker | old | gone: it was 12/h",
            "stopped | worker | worker | gone: it was 12/h",
        ]
    );
    let sends = told("[data-changed-sends]").await;
    assert_eq!(
        sends,
        [
            "web | letters | 24/h | ▴ × 2.0 | ✗ 100 % | new",
            "web | orders | 12/h | = | 0 % | =",
            "web | stopped | gone: it was 12/h",
        ]
    );
    page.was_quiet().await;
}
