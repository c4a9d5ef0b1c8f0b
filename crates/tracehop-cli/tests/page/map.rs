//! The map.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;

use crate::samples::Pipeline;
use crate::site::{Site, parts, text, values};

fn pipeline() -> Pipeline {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(300));
    pipeline.order("42", 30);
    pipeline.refund();
    pipeline.newsletter();
    pipeline.legacy();
    pipeline
}

#[tokio::test]
async fn services_and_destinations_are_nodes_and_what_flows_is_an_arrow() {
    let site = Site::of(pipeline()).await;
    let html = site.html("/map").await;
    let mut nodes = values(&html, "data-node");
    nodes.sort();
    let expected = [
        "audit",
        "checkout",
        "imports",
        "legacy-import",
        "newsletter",
        "notifications",
        "orders",
        "payments",
        "payments",
        "shipments",
        "shipping",
        "storefront",
    ];
    assert_eq!(nodes, expected, "the service payments and the queue payments are two");
    let mut arrows = values(&html, "data-arrow");
    arrows.sort();
    let expected = [
        "checkout → payments",
        "imports → legacy-import",
        "orders → audit",
        "orders → checkout",
        "payments → payments",
        "payments → shipments",
        "shipments → notifications",
        "shipments → shipping",
        "storefront → newsletter",
        "storefront → orders",
        "storefront → payments",
    ];
    assert_eq!(arrows, expected);
}

#[tokio::test]
async fn an_arrow_says_rate_errors_and_percentiles_and_is_dotted_without_context() {
    let site = Site::of(pipeline()).await;
    let html = site.html("/map").await;
    let arrows = parts(&html, "<a class=\"arrow");
    let arrow = |name: &str| *arrows.iter().find(|arrow| arrow.contains(name)).unwrap();
    let checkout = text(arrow("orders → checkout"));
    for said in ["12/h", "p50 30.0 ms", "p95 30.0 ms", "p99 30.0 ms"] {
        assert!(checkout.contains(said), "{said} is not in {checkout}");
    }
    let payments = arrow("payments → payments");
    assert!(payments.contains("class=\"arrow bad\"") && text(payments).contains("✗ 66.7 %"), "{payments}");
    let legacy = arrow("imports → legacy-import");
    assert!(legacy.contains("class=\"flow dotted\"") && text(legacy).contains("no context"), "{legacy}");
    assert_eq!(values(&html, "data-gap"), ["no context"]);
}

#[tokio::test]
async fn a_context_that_somebody_put_on_a_message_by_hand_is_a_dotted_way() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let edge = pipeline.span("gateway", "POST /orders", 7, 0, 5);
    let edge = pipeline.keep(edge);
    let handler = pipeline.span("fraud", "process orders", 7, 20, 5).below_remote(edge);
    let handler = handler.processes("kafka", "orders", "fraud");
    pipeline.keep(handler);
    let site = Site::of(pipeline).await;
    let html = site.html("/map").await;
    assert_eq!(values(&html, "data-arrow"), ["gateway → orders", "orders → fraud"]);
    assert_eq!(values(&html, "data-gap"), ["no send", "no send"]);
    assert!(text(&html).contains("no send of its messages is known"), "{}", text(&html));
    let arrows = parts(&html, "<a class=\"arrow");
    let href = |place: usize| values(arrows[place], "href")[0].clone();
    assert_eq!([href(0), href(1)], ["/?q=service%3Agateway", "/?q=service%3Afraud"]);
    let found = site.json(&format!("/api/v1/journeys?{}", href(1).trim_start_matches("/?"))).await;
    assert_eq!(found["matched"], 1);
    assert_eq!(found["journeys"][0]["unmatched"][0]["producer"], "gateway");
    let hop = site.html("/hop?destination=orders&window=all").await;
    assert!(hop.contains("data-figure=\"unmatched\">1<"), "{}", text(&hop));
    assert!(hop.contains("data-empty=\"unmatched\"") && !text(&hop).contains("nobody has handled"));
    assert_eq!(site.json("/api/v1/hop?destination=orders&window=all").await["unmatched"], 1);
    let page = site.html(&format!("/journeys/{}", tracehop_journey::JourneyId(edge))).await;
    assert!(page.contains("data-note=\"no-send\""), "{}", text(&page));
}

#[tokio::test]
async fn a_click_leads_to_the_journeys_of_a_service_and_to_the_hop_of_an_arrow() {
    let site = Site::of(pipeline()).await;
    let html = site.html("/map?window=1h").await;
    let of = |start: &str, name: &str| {
        let part = parts(&html, start).into_iter().find(|part| part.contains(name)).unwrap();
        values(part, "href")[0].clone()
    };
    let rows = [
        (of("<a class=\"node box", "\"checkout\""), "/?q=service%3Acheckout&window=1h"),
        (of("<a class=\"node pipe", "\"orders\""), "/hop?destination=orders&window=1h"),
        (
            of("<a class=\"arrow", "storefront → orders"),
            "/hop?destination=orders&producer=storefront&window=1h",
        ),
        (
            of("<a class=\"arrow", "orders → audit"),
            "/hop?destination=orders&consumer=audit&group=audit&window=1h",
        ),
    ];
    for (address, expected) in rows {
        assert_eq!(address, expected);
        site.html(&address).await;
    }
}

#[tokio::test]
async fn rows_of_the_tables_lead_where_their_arrows_lead() {
    let site = Site::of(pipeline()).await;
    for path in ["/map", "/map?window=1h"] {
        let html = site.html(path).await;
        let mut arrows: Vec<String> =
            parts(&html, "<a class=\"arrow").iter().map(|arrow| values(arrow, "href")[0].clone()).collect();
        let tables: String =
            html.split("<tbody>").skip(1).map(|it| it.split("</tbody>").next().unwrap()).collect();
        let mut rows = values(&tables, "href");
        arrows.sort();
        rows.sort();
        assert_eq!(rows, arrows, "{path}");
        let legacy = format!("/?q=service%3Alegacy-import{}", path.replace("/map?", "&").replace("/map", ""));
        assert!(rows.contains(&legacy), "{legacy} is not in {rows:?}");
    }
}

#[tokio::test]
async fn the_legend_names_each_reason_for_a_dotted_line() {
    let html = Site::of(pipeline()).await.html("/map").await;
    let dotted = parts(&html, "<span class=\"key\">").into_iter().find(|key| key.contains("dotted")).unwrap();
    assert!(text(dotted).starts_with("no context, or no send "), "{dotted}");
}

/// An hour ago one refund, six minutes ago an order that waits a little, a minute ago two that wait longer.
fn past() -> Pipeline {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(3_700));
    pipeline.refund();
    pipeline.at = SystemTime::now() - Duration::from_secs(400);
    pipeline.order("1", 20);
    pipeline.at = SystemTime::now() - Duration::from_secs(60);
    pipeline.order("2", 200);
    pipeline.order("3", 200);
    pipeline
}

#[tokio::test]
async fn the_map_is_compared_with_an_earlier_window() {
    let site = Site::of(past()).await;
    let html = site.html("/map?window=5m&compare=before").await;
    let table = parts(&html, "<table class=\"plain wide\" data-changes")[0];
    let row =
        |name: &str| parts(table, "<tr").into_iter().map(text).find(|row| row.starts_with(name)).unwrap();
    let checkout = row("orderscheckout");
    assert!(
        checkout.contains("▴ × 2.0") && checkout.contains("▴ × 10.0"),
        "twice the rate, ten times the wait: {checkout}"
    );
    assert!(text(table).starts_with("Deliveries, and how they changed from 5 minutes earlier, "), "{table}");
    assert!(site.html("/map?window=5m").await.contains("Deliveries</caption>"));
}

#[tokio::test]
async fn a_slider_has_a_place_for_each_earlier_window_of_which_something_is_kept() {
    let site = Site::of(past()).await;
    let rows = [
        ("5m", ["", "before", "2x", "4x", "1h"].as_slice(), "10 minutes earlier"),
        ("15m", &["", "before", "2x", "1h"], "30 minutes earlier"),
    ];
    for (window, expected, words) in rows {
        let html = site.html(&format!("/map?window={window}&compare=2x")).await;
        let slider = parts(&html, "<input id=\"compare\"")[0].split_once('>').unwrap().0;
        for said in [
            "type=\"range\"",
            "min=\"0\"",
            &format!("max=\"{}\"", expected.len() - 1),
            "value=\"2\"",
            &format!("aria-valuetext=\"{words}\""),
        ] {
            assert!(slider.contains(said), "{window}: {said} is not in {slider}");
        }
        assert!(html.contains("<label for=\"compare\">compared with</label>"));
        assert!(html.contains(&format!(
            "<output id=\"compared\" for=\"compare\" aria-live=\"off\">{words}</output>"
        )));
        let live = site.html(&values(&html, "data-live-part")[0]).await;
        for html in [&html, &live] {
            assert_eq!(values(html, "data-step"), expected, "{window}");
            assert_eq!(
                values(html, "label")[..3],
                ["nothing", &format!("{} minutes earlier", &window[..window.len() - 1]), words]
            );
        }
    }
}

#[tokio::test]
async fn without_scripts_a_choice_stands_for_the_slider() {
    let site = Site::of(past()).await;
    let html = site.html("/map?window=5m&compare=1h").await;
    let form = parts(&html, "<form class=\"controls\"")[0].split_once("</form>").unwrap().0;
    let choice = parts(form, "<noscript>")[0].split_once("</noscript>").unwrap().0;
    assert!(choice.contains("<select name=\"compare\" aria-label=\"compared with\">"), "{choice}");
    assert!(choice.contains("<option value=\"1h\" selected>1 hour earlier</option>"), "{choice}");
    assert_eq!(values(choice, "value"), ["", "before", "2x", "4x", "1h"]);
    assert_eq!(form.matches(" name=\"compare\"").count(), 1, "the slider itself is not sent");
    for value in values(choice, "value") {
        site.html(&format!("/map?window=5m&compare={value}")).await;
    }
}

#[tokio::test]
async fn what_is_too_long_ago_is_not_offered_and_is_told_if_it_is_asked_for() {
    let site = Site::of(pipeline()).await;
    let html = site.html("/map").await;
    assert_eq!(values(&html, "data-step"), [""]);
    assert!(
        html.contains(" disabled data-compare=\"\"") && html.contains(">nothing earlier is kept</output>")
    );
    let html = site.html("/map?compare=24h").await;
    assert_eq!(values(&html, "data-step"), ["", "24h"]);
    assert!(text(&html).contains("Nothing is kept of the time 1 day earlier."), "{html}");
    assert!(html.contains("Deliveries</caption>"), "nothing is new because nothing is known");
    let earlier = site.json("/api/v1/map?compare=24h").await;
    assert_eq!(earlier["before"]["nodes"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn what_there_is_not_to_compare_with_is_refused() {
    let site = Site::empty();
    for path in ["/map", "/map/live", "/api/v1/map"] {
        for bad in ["2", "-1", "90m", "BEFORE", "%3Cscript%3E"] {
            let answer = site.get(&format!("{path}?compare={bad}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {bad}");
            assert!(answer.text.contains("is none of before, 1h, 6h, 24h, 7d, 2x, 4x"), "{}", answer.text);
        }
        for good in ["", "before", "1h", "6h", "24h", "7d", "2x", "4x"] {
            let answer = site.get(&format!("{path}?compare={good}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} {good}");
        }
    }
}

#[tokio::test]
async fn every_arrow_and_node_is_a_link_that_is_read_out_in_words() {
    let site = Site::of(pipeline()).await;
    let html = site.html("/map?window=1h").await;
    let drawing = html.split_once("<svg class=\"fits\"").unwrap().1.split_once("</svg>").unwrap().0;
    let links = parts(drawing, "<a ");
    assert_eq!(links.len(), 11 + 12);
    let labels: Vec<String> = links.iter().map(|link| values(link, "aria-label")[0].clone()).collect();
    for (link, label) in links.iter().zip(&labels) {
        assert!(values(link, "href")[0].starts_with('/') && link.contains("<title>"), "{link}");
        assert!(
            !label.contains(['✗', '%', '/', '·', '→']) && !label.contains("p95") && !label.contains(" ms"),
            "{label}"
        );
    }
    // Their rates are over five minutes: each message is twelve an hour.
    for expected in [
        "orders delivers to checkout: group checkout, 12 an hour, none failed, half waited up to 30.0 milliseconds, \
         95 percent up to 30.0 milliseconds, 99 percent up to 30.0 milliseconds",
        "storefront sends to newsletter: 12 an hour, none failed",
        "imports delivers to legacy-import: group legacy, 12 an hour, none failed, its messages carry no context",
        "service checkout: 95 percent of messages were handled within 60.0 milliseconds",
        "service storefront: sends",
        "destination newsletter: kafka, 1 message waits, nobody listens",
        "destination orders: kafka",
    ] {
        assert!(labels.iter().any(|label| label == expected), "{expected:?} is not among {labels:#?}");
    }
    assert!(labels.iter().any(|label| label.contains("66.7 percent failed")), "{labels:#?}");
}

#[tokio::test]
async fn the_tables_below_the_map_have_all_its_arrows_busiest_first() {
    let site = Site::of(pipeline()).await;
    for path in ["/map", "/map?compare=24h"] {
        let html = site.html(path).await;
        let rows = |table: &str| {
            let table = table.split_once("</table>").unwrap().0;
            let rows = parts(table.split_once("<tbody>").unwrap().1, "<tr>");
            let cells = |row: &&str| parts(row, "<td").into_iter().map(text).collect::<Vec<String>>();
            rows.iter().map(cells).collect::<Vec<Vec<String>>>()
        };
        let details = parts(&html, "<details id=\"sends\"")[0];
        let sends = rows(parts(details, "<table")[0]);
        let deliveries = rows(parts(&html, "<table")[0]);
        let named = |row: &Vec<String>| format!("{} → {}", row[0], row[1]);
        let mut all: Vec<String> = sends.iter().chain(&deliveries).map(named).collect();
        all.sort();
        let mut arrows = values(&html, "data-arrow");
        arrows.sort();
        assert_eq!(all, arrows, "{path}");
        assert!(sends.iter().all(|row| row.len() == 5), "{sends:?}");
        let newsletter = sends.iter().find(|row| row[1] == "newsletter").unwrap();
        assert_eq!(newsletter[2..], ["12/h", "0 %", "1"]);
        let per_hour =
            |row: &Vec<String>, column: usize| row[column].trim_end_matches("/h").parse::<f64>().unwrap();
        assert!(sends.is_sorted_by(|a, b| per_hour(a, 2) >= per_hour(b, 2)), "{sends:?}");
        assert!(deliveries.is_sorted_by(|a, b| per_hour(a, 3) >= per_hour(b, 3)), "{deliveries:?}");
    }
}
