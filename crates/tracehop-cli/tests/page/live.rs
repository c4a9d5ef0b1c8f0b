//! News.

use std::time::SystemTime;

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
    for path in ["/?q=dest%3Aorders&sort=took", "/map", "/trouble"] {
        let html = site.html(path).await;
        let part = values(&html, "data-live-part").pop().unwrap();
        let part = site.html(&part).await;
        assert!(!part.contains("<html") && !part.is_empty(), "{path}");
    }
    let list = site.html("/list?q=dest%3Aorders").await;
    assert_eq!(values(&list, "data-journey"), [order]);
}
