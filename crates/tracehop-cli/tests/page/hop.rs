//! One hop.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use opentelemetry::trace::SpanKind;

use crate::samples::{Draft, Pipeline};
use crate::site::{Site, parts, text, values};

#[tokio::test]
async fn the_slowest_messages_are_a_click_from_their_journeys() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(120));
    let ids: Vec<String> = (0..30).map(|place| pipeline.order("42", 10 + 10 * place).to_string()).collect();
    let site = Site::of(pipeline).await;
    let html = site.html("/hop?destination=orders&consumer=checkout").await;
    let slowest = parts(&html, "<table class=\"plain wide\" data-slowest")[0];
    let slowest: Vec<String> = values(slowest, "data-journey");
    assert_eq!(slowest.iter().collect::<Vec<_>>(), ids.iter().rev().take(20).collect::<Vec<_>>());
    assert!(html.contains(&format!("href=\"/journeys/{}\"", ids[29])));
    assert_eq!(values(&html, "data-figure"), ["count"]);
    assert!(text(&html).contains("handled30"), "{}", text(&html));
}

#[tokio::test]
async fn waiting_and_handling_are_heat_maps_with_lines_of_percentiles() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(120));
    for place in 0..60 {
        pipeline.order("42", 10 + 7 * (place % 40));
    }
    let site = Site::of(pipeline).await;
    let html = site.html("/hop?destination=orders").await;
    let figures = parts(&html, "<figure");
    assert_eq!(figures.len(), 2);
    for figure in &figures {
        assert!(
            values(figure, "class").iter().any(|class| class == "h6"),
            "the fullest cell is the strongest"
        );
    }
    for line in ["p50", "p95", "p99"] {
        assert!(figures[0].contains(&format!("<polyline class=\"{line}\"")), "{line}");
    }
    let points = values(parts(figures[0], "<polyline")[0], "points");
    let inside = |point: &str| {
        let (x, y) = point.split_once(',').unwrap();
        (58.0..=606.0).contains(&x.parse::<f64>().unwrap())
            && (0.0..=168.0).contains(&y.parse::<f64>().unwrap())
    };
    assert!(points[0].split(' ').all(inside), "{points:?}");
    let said = text(&html);
    assert!(said.contains("audit / audit") && said.contains("checkout / checkout"), "by consumer: {said}");
}

/// Orders, of which some are handled twice, and three that one handler takes as a batch.
fn busy() -> Pipeline {
    let mut pipeline = Pipeline::mixed(SystemTime::now() - Duration::from_secs(120), 40);
    let sends = [0, 3, 6].map(|start| {
        let trace = 9_000_000 + start;
        let edge = pipeline.span("storefront", "POST /orders", trace, start, 9).kind(SpanKind::Server);
        let edge = pipeline.keep(edge);
        let send = pipeline
            .span("storefront", "send orders", trace, start + 2, 3)
            .below(edge)
            .sends("kafka", "orders");
        pipeline.keep(send)
    });
    let batch = pipeline.span("checkout", "process orders", 9_100_000, 300, 25);
    let batch = sends.into_iter().fold(batch, Draft::linked);
    pipeline.keep(batch.processes("kafka", "orders", "checkout"));
    pipeline
}

#[tokio::test]
async fn behind_each_cell_are_the_messages_that_it_counts() {
    let site = Site::of(busy()).await;
    for hop in [
        "destination=orders",
        "destination=orders&consumer=checkout",
        "destination=payments&producer=checkout&consumer=payments&group=payments",
    ] {
        for window in ["5m", "all"] {
            let html = site.html(&format!("/hop?{hop}&window={window}")).await;
            let handled: u64 = text(parts(&html, "data-figure=\"count\"")[0])
                .trim_start_matches(|c: char| !c.is_ascii_digit())
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
                .parse()
                .unwrap();
            for heat in parts(&html, "<figure") {
                let cells = parts(heat, "<a class=\"cell\"");
                assert!(cells.len() > 3, "{hop}: {}", cells.len());
                let mut all = 0;
                for cell in cells {
                    let count: u64 = values(cell, "data-count")[0].parse().unwrap();
                    let address = &values(cell, "href")[0];
                    let found = site.json(&address.replacen('/', "/api/v1/journeys", 1)).await;
                    assert_eq!(found["messages"], count, "{address}");
                    assert!(found["matched"].as_u64().unwrap() > 0, "{address}");
                    all += count;
                    // The name says the same in words, and so does the list.
                    let name = &values(cell, "aria-label")[0];
                    let messages =
                        if count == 1 { "1 message ".to_owned() } else { format!("{count} messages ") };
                    assert!(name.starts_with(&messages) && name.contains(" UTC"), "{name}");
                    let list = site.html(address).await;
                    assert_eq!(values(&list, "data-messages"), [count.to_string()], "{address}");
                    assert!(text(&list).contains(messages.trim_end()), "{address}");
                }
                assert_eq!(all, handled, "{hop} in {window}: each message is in one cell");
            }
        }
    }
}

#[tokio::test]
async fn a_search_in_the_list_of_a_cell_stays_within_it() {
    let site = Site::of(busy()).await;
    let html = site.html("/?window=all&destination=orders&group=checkout&waited=0-").await;
    let form = parts(&html, "<form class=\"search\"")[0];
    let hidden: Vec<&str> = parts(form, "<input type=\"hidden\"");
    let hidden: Vec<(String, String)> =
        hidden.iter().map(|it| (values(it, "name")[0].clone(), values(it, "value")[0].clone())).collect();
    let expected = [("destination", "orders"), ("group", "checkout"), ("waited", "0-")];
    assert_eq!(hidden, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let both =
        site.json("/api/v1/journeys?window=all&destination=orders&consumer=audit&q=status:failed").await;
    assert_eq!((&both["matched"], &both["messages"]), (&0.into(), &0.into()));
    assert!(site.html("/?window=all&destination=nowhere").await.contains("data-messages=\"0\""));
    assert!(!site.html("/?window=all").await.contains("data-messages"));
}

#[tokio::test]
async fn a_hop_without_a_destination_is_a_bad_address() {
    let answer = Site::empty().get("/hop").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(text(&answer.text).contains("the parameter destination is missing"));
}

#[tokio::test]
async fn what_nobody_handles_is_told_in_words_and_not_as_empty_drawings() {
    let at = SystemTime::now() - Duration::from_secs(90);
    let mut pipeline = Pipeline::starting(at);
    pipeline.newsletter();
    pipeline.newsletter();
    let site = Site::of(pipeline).await;
    for query in ["destination=newsletter", "destination=newsletter&producer=storefront&window=all"] {
        let html = site.html(&format!("/hop?{query}")).await;
        let told = text(parts(&html, "<section class=\"empty\" data-empty=\"unhandled\"")[0]);
        assert!(told.starts_with("2 messages wait, and nobody has handled any"), "{told}");
        assert!(told.contains(" UTC and has waited for 1.5"), "{told}");
        assert!(!html.contains("data-heat="), "no map without a cell");
    }
    let html = site.html("/hop?destination=nowhere&window=all").await;
    assert!(text(&html).contains("No message went this way in all that is kept"));
    assert!(!text(&html).contains("look at all that is kept"), "this is all");
    let html = site.html("/hop?destination=nowhere&window=5m").await;
    assert!(text(&html).contains("No message went this way in the last 5 min"));
}
