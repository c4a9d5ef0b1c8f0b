//! Names may be anything: empty, all spaces, with line ends around them, or very long.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use opentelemetry::trace::SpanKind;
use tracehop_journey::JourneyId;

use crate::samples::Pipeline;
use crate::site::{Site, parts, text, values};

const ODD: [&str; 6] = ["", "   ", " orders\r\n", "\t", "a\0b", "\u{a0}"];

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// One message, from and to services that have this name as well.
fn message(pipeline: &mut Pipeline, name: &str, trace: u64) -> JourneyId {
    let edge = pipeline.span(name, name, trace, 0, 30).kind(SpanKind::Server).with("user.id", name);
    let edge = pipeline.keep(edge);
    let send = pipeline.span(name, name, trace, 1, 2).below(edge).sends("kafka", name);
    let send = pipeline.keep(send);
    let work = pipeline.span(name, name, trace, 10, 5).below_remote(send).processes("kafka", name, name);
    pipeline.keep(work);
    JourneyId(edge)
}

async fn site(names: &[&str]) -> Site {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    for (name, trace) in names.iter().zip(800..) {
        message(&mut pipeline, name, trace);
    }
    Site::of(pipeline).await
}

#[tokio::test]
async fn a_hop_and_a_user_of_any_name_can_be_opened() {
    let site = site(&ODD).await;
    for name in ODD {
        let name = encoded(name);
        let hop = site.json(&format!("/api/v1/hop?destination={name}")).await;
        assert_eq!(hop["count"], 1, "{name}");
        let of = site.json(&format!("/api/v1/of?key=user.id&value={name}")).await;
        assert_eq!(of["matched"], 1, "{name}");
        for path in [format!("/hop?destination={name}"), format!("/of?key=user.id&value={name}")] {
            assert_eq!(values(&site.html(&path).await, "data-empty"), Vec::<String>::new(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_journey_whose_id_is_no_text_is_not_there() {
    let answer = Site::empty().get("/journeys/%ff").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(values(&answer.text, "data-empty"), ["not-found"]);
}

#[tokio::test]
async fn the_choice_of_a_window_keeps_the_name() {
    let site = site(&ODD).await;
    for name in ODD {
        let name = encoded(name);
        for (path, shown) in [
            (format!("/hop?destination={name}&group={name}"), "data-slowest"),
            (format!("/of?key=user.id&value={name}"), "data-journey"),
        ] {
            let html = site.html(&path).await;
            assert!(!html.contains("type=\"hidden\""), "{path}: browsers alter what a form passes on");
            let windows = values(parts(&html, "<nav class=\"windows\"")[0], "href");
            let windows: Vec<&String> = windows.iter().filter(|link| link.contains("window=")).collect();
            assert!(windows.len() >= 6, "{path}: {windows:?}");
            for window in windows.into_iter().take(6) {
                assert!(site.html(window).await.contains(shown), "{window}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_would_not_be_seen_has_a_sign() {
    let site = site(&["", "   "]).await;
    for path in ["/map", "/", "/hop?destination=", "/of?key=user.id&value="] {
        let html = site.html(path).await;
        assert!(text(&html).contains("(no name)"), "{path}");
    }
    let map = site.html("/map").await;
    let names: Vec<String> = parts(&map, "<text class=\"name\"").into_iter().map(text).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("(no name)")).count(), 2, "{names:?}");
    assert_eq!(names.iter().filter(|name| name.starts_with("␣␣␣")).count(), 2, "{names:?}");
}

#[tokio::test]
async fn names_that_differ_by_the_blanks_at_their_ends_are_told_apart() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    message(&mut pipeline, "c", 900);
    let journey = message(&mut pipeline, "c  ", 901);
    let site = Site::of(pipeline).await;
    for path in [
        "/".to_owned(),
        "/map".to_owned(),
        format!("/journeys/{journey}"),
        "/hop?destination=c++".to_owned(),
        "/of?key=user.id&value=c++".to_owned(),
    ] {
        let html = site.html(&path).await;
        assert!(text(&html).contains("c␣␣"), "{path}");
        for attribute in ["title", "aria-label"] {
            let said = values(&html, attribute);
            assert!(said.iter().all(|it| !it.contains("c  ")), "{path}: {said:?}");
        }
    }
}

#[tokio::test]
async fn a_long_name_is_cut_and_whole_where_the_pointer_rests() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let name = "payments-".repeat(12);
    let journey = message(&mut pipeline, &name, 900);
    let site = Site::of(pipeline).await;
    let paths = [
        "/map".to_owned(),
        "/map?compare=before".to_owned(),
        format!("/journeys/{journey}"),
        format!("/hop?destination={}", encoded(&name)),
    ];
    for path in paths {
        let html = site.html(&path).await;
        let drawn = parts(&html, "<text").into_iter().map(|part| text(part.split("</text>").next().unwrap()));
        for drawn in drawn {
            assert!(drawn.chars().count() <= 20, "{path}: nothing clips {drawn}");
        }
        let mut seen = 0;
        for (start, end) in
            [("<span class=\"clip\"", "</span>"), ("<span class=\"svc\"", "</span>"), ("<h1", "</h1>")]
        {
            for part in parts(&html, start) {
                let part = part.split_once(end).unwrap().0;
                let shown = text(part);
                if shown.contains(&name) {
                    assert_eq!(values(part, "title"), [shown], "{path}");
                    seen += 1;
                }
            }
        }
        assert!(seen >= 2, "{path}: {seen}");
    }
}
