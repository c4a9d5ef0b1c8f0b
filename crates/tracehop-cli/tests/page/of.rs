//! The journeys of a user.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;

use crate::samples::Pipeline;
use crate::site::{Site, parts, text, values};

#[tokio::test]
async fn all_that_a_user_caused_is_one_time_line_oldest_first() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(3_600 * 5));
    let first = pipeline.order("42", 30).to_string();
    pipeline.order("43", 30);
    pipeline.at += Duration::from_secs(3_600);
    let last = pipeline.order("42", 30).to_string();
    let site = Site::of(pipeline).await;
    let html = site.html("/of?key=user.id&value=42").await;
    assert_eq!(values(&html, "data-journey"), [first, last.clone()]);
    let rows = parts(&html, "<tr data-journey");
    let begin =
        |row: &str| values(parts(row, "<rect")[0], "x")[0].trim_end_matches('%').parse::<f64>().unwrap();
    assert!(begin(rows[0]) < 1.0 && begin(rows[1]) > 90.0, "where they stand in time");
    let html = site.html("/of?key=user.id&value=42&window=6h").await;
    assert_eq!(values(&html, "data-journey").len(), 2);
    assert_eq!(values(&html, "data-empty"), Vec::<String>::new());
    assert!(site.html(&format!("/journeys/{last}")).await.contains("/of?key=user.id&amp;value=42"));
}

#[tokio::test]
async fn nobody_with_that_name_is_told_with_what_to_do() {
    let site = Site::empty();
    let html = site.html("/of?key=tenant&value=7").await;
    assert_eq!(values(&html, "data-empty"), ["of"]);
    assert!(text(&html).contains("tracehop view --tag tenant"));
    assert_eq!(site.get("/of?key=user.id").await.status, StatusCode::BAD_REQUEST);
}
