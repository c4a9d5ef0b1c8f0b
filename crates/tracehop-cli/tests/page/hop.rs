//! One hop.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;

use crate::samples::Pipeline;
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

#[tokio::test]
async fn a_hop_without_a_destination_is_a_bad_address() {
    let answer = Site::empty().get("/hop").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(text(&answer.text).contains("the parameter destination is missing"));
}
