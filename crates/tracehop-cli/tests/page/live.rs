//! News.

use std::time::{Duration, SystemTime};

use http_body_util::BodyExt;

use crate::samples::Pipeline;
use crate::site::{Site, values};

#[tokio::test]
async fn an_event_is_sent_when_something_arrives() {
    let site = Site::empty();
    let mut events = site.stream("/api/v1/news").await;
    let mut next = async || {
        let frame = events.frame().await.unwrap().unwrap();
        String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
    };
    let first = next().await;
    assert!(first.starts_with("event: news\ndata: "), "{first}");
    let mut pipeline = Pipeline::starting(SystemTime::now());
    pipeline.order("42", 30);
    site.add(pipeline).await;
    let second = next().await;
    assert!(second.starts_with("event: news") && second != first, "{second}");
}

#[tokio::test]
async fn the_part_that_changes_is_fetched_alone() {
    let mut pipeline = Pipeline::starting(SystemTime::now());
    let order = pipeline.order("42", 30).to_string();
    let site = Site::of(pipeline).await;
    for path in [
        "/?q=dest%3Aorders&sort=took",
        "/map",
        "/trouble",
        "/hop?destination=orders&consumer=checkout",
        "/of?key=user.id&value=42",
    ] {
        let html = site.html(path).await;
        let part = values(&html, "data-live-part").pop().unwrap();
        let part = site.html(&part).await;
        assert!(!part.contains("<html") && !part.is_empty(), "{path}");
    }
    let list = site.html("/list?q=dest%3Aorders").await;
    assert_eq!(values(&list, "data-journey"), [order]);
}

#[tokio::test]
async fn a_hop_and_a_user_show_what_has_arrived_since() {
    for path in ["/hop?destination=orders&consumer=checkout&window=1h", "/of?key=user.id&value=42"] {
        let mut first = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
        let mut expected = vec![first.order("42", 30).to_string()];
        let spans = first.spans.len();
        expected.push(first.order("42", 20).to_string());
        let mut second = Pipeline::starting(first.at);
        second.spans = first.spans.split_off(spans);
        let site = Site::of(first).await;
        let html = site.html(path).await;
        assert_eq!(values(&html, "data-journey"), expected[..1], "{path}");
        let part = values(&html, "data-live-part").pop().unwrap();
        site.add(second).await;
        let mut shown = values(&site.html(&part).await, "data-journey");
        shown.sort();
        assert_eq!(shown, expected, "{part}");
    }
}
