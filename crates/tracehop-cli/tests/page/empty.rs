//! Screens that have nothing to show say what to do.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;

use crate::samples::Pipeline;
use crate::site::{Site, text, values};

#[tokio::test]
async fn nothing_yet_says_how_to_send_spans_here() {
    let site = Site::empty();
    let html = site.html("/").await;
    assert_eq!(values(&html, "data-empty"), ["nothing"]);
    for line in [
        "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318",
        "http://127.0.0.1:4317",
        "tracehop view --demo",
    ] {
        assert!(text(&html).contains(line), "{line}");
    }
    for (path, empty) in [("/map", "map"), ("/trouble", "trouble"), ("/hop?destination=orders", "hop")] {
        assert_eq!(values(&site.html(path).await, "data-empty"), [empty], "{path}");
    }
}

#[tokio::test]
async fn a_search_that_finds_nothing_offers_to_look_further() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(3_600));
    pipeline.order("42", 30);
    let site = Site::of(pipeline).await;
    for path in ["/", "/?q=dest%3Anowhere"] {
        let html = site.html(path).await;
        assert_eq!(values(&html, "data-empty"), ["no-match"], "{path}");
        assert!(html.contains("window=all"), "{path}");
    }
}

#[tokio::test]
async fn an_address_that_there_is_not_is_told_on_a_page() {
    let site = Site::empty();
    let answer = site.get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(values(&answer.text, "data-empty"), ["not-found"]);
    assert_eq!(site.get("/assets/00000000/none.js").await.status, StatusCode::NOT_FOUND);
}
