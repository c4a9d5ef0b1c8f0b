//! The list.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;

use crate::samples::Pipeline;
use crate::site::{Site, parts, text, values};

fn minutes_ago(minutes: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(60 * minutes)
}

#[tokio::test]
async fn each_journey_is_a_row_with_its_way_and_what_became_of_it() {
    let mut pipeline = Pipeline::starting(minutes_ago(2));
    let order = pipeline.order("42", 30);
    let refund = pipeline.refund();
    let letter = pipeline.newsletter();
    let site = Site::of(pipeline).await;
    let html = site.html("/").await;
    let rows = parts(&html, "<tr data-journey");
    assert_eq!(
        values(&html, "data-journey"),
        [letter.to_string(), refund.to_string(), order.to_string()],
        "newest first"
    );
    assert_eq!(values(&html, "data-outcome"), ["waiting", "failed", "ok"]);

    let order = text(rows[2]);
    for said in ["POST /orders", "storefront", "orders", "payments", "shipments", "ok", "after ✗"] {
        assert!(order.contains(said), "{said} is not in {order}");
    }
    assert!(text(rows[1]).contains("✗ declined"), "an error has a mark and a word");
    assert!(text(rows[0]).contains("? newsletter"), "what nobody has handled is marked");
    assert!(text(rows[0]).contains("waiting"), "{}", rows[0]);
}

#[tokio::test]
async fn working_and_waiting_are_drawn_to_scale_of_the_longest_row() {
    let mut pipeline = Pipeline::starting(minutes_ago(2));
    pipeline.order("42", 300);
    pipeline.refund();
    let site = Site::of(pipeline).await;
    let html = site.html("/").await;
    let rows = parts(&html, "<tr data-journey");
    let end_of_last_bar = |row: &str| {
        let rect = parts(row, "<rect").pop().unwrap().to_owned();
        let number = |name| values(&rect, name)[0].trim_end_matches('%').parse::<f64>().unwrap();
        number("x") + number("width")
    };
    let [refund, order] = [end_of_last_bar(rows[0]), end_of_last_bar(rows[1])];
    assert!((order - 100.0).abs() < 0.5, "the longest fills the drawing: {order}");
    assert!(refund < 20.0, "{refund}");
    assert!(rows[1].contains(r#"class="wait""#) && rows[1].contains(r#"class="work""#));
}

#[tokio::test]
async fn a_column_sorts_and_once_more_turns_it_around() {
    let mut pipeline = Pipeline::starting(minutes_ago(2));
    let short = pipeline.order("1", 10).to_string();
    let long = pipeline.order("2", 400).to_string();
    let middle = pipeline.order("3", 100).to_string();
    let site = Site::of(pipeline).await;
    let rows = [
        ("/", [&middle, &long, &short]),
        ("/?order=asc", [&short, &long, &middle]),
        ("/?sort=took", [&long, &middle, &short]),
        ("/?sort=took&order=asc", [&short, &middle, &long]),
        ("/?sort=waiting", [&long, &middle, &short]),
    ];
    for (path, expected) in rows {
        assert_eq!(
            values(&site.html(path).await, "data-journey").iter().collect::<Vec<_>>(),
            expected,
            "{path}"
        );
    }
    let html = site.html("/?sort=took&q=dest%3Aorders").await;
    let head = parts(&html, "<th").into_iter().find(|head| head.contains(r#"data-sort="took""#)).unwrap();
    assert!(head.contains(r#"aria-sort="descending""#));
    assert_eq!(values(head, "href")[0], "/?q=dest%3Aorders&sort=took&order=asc");
}

#[tokio::test]
async fn pages_have_a_hundred_rows_and_stay_as_they_are() {
    let mut pipeline = Pipeline::starting(minutes_ago(10));
    let ids: Vec<String> = (0..250).map(|place| pipeline.order(&place.to_string(), 20).to_string()).collect();
    let site = Site::of(pipeline).await;
    let newest_first =
        |from: usize, to: usize| ids.iter().rev().skip(from).take(to - from).collect::<Vec<_>>();
    let first = site.html("/").await;
    assert_eq!(values(&first, "data-journey").iter().collect::<Vec<_>>(), newest_first(0, 100));
    let next = parts(&first, "<a href").into_iter().find(|link| link.contains(r#"rel="next""#)).unwrap();
    let next = values(next, "href")[0].clone();

    // More arrive before somebody turns the page.
    let mut pipeline = Pipeline::starting(minutes_ago(1));
    pipeline.newsletter_of(9_000_000);
    site.add(pipeline).await;
    let second = site.html(&next).await;
    assert_eq!(values(&second, "data-journey").iter().collect::<Vec<_>>(), newest_first(100, 200));
    let last = site.html("/?page=99999999").await;
    assert!(text(&last).contains("of 251"), "a page beyond the last one is the last one");
}

#[tokio::test]
async fn a_search_finds_and_says_what_it_did_not_understand() {
    let mut pipeline = Pipeline::starting(minutes_ago(2));
    let order = pipeline.order("42", 30).to_string();
    let refund = pipeline.refund().to_string();
    pipeline.newsletter();
    let site = Site::of(pipeline).await;
    let rows = [
        ("dest%3Aorders", vec![&order]),
        ("error%3Adeclined", vec![&refund]),
        ("user.id%3A42", vec![&order]),
        ("attempt%3E1", vec![&order]),
        ("-status%3Awaiting", vec![&refund, &order]),
    ];
    for (search, expected) in rows {
        let html = site.html(&format!("/?q={search}")).await;
        assert_eq!(values(&html, "data-journey").iter().collect::<Vec<_>>(), expected, "{search}");
    }
    let html = site.html("/?q=servce%3Apayments").await;
    assert_eq!(values(&html, "data-not-understood"), ["1"]);
    let note = parts(&html, "<ul class=\"notes\"")[0];
    assert!(text(note).contains("servce:payments was left out"), "{}", text(note));
    assert_eq!(values(note, "href")[0], "/?q=service%3Apayments");

    for (search, left_out, told) in [
        ("tenant%3A5", "tenant:5", "start with --tag tenant"),
        ("%22unclosed", "\"unclosed", "close it where the text ends. Did you mean \"unclosed\"?"),
    ] {
        let html = site.html(&format!("/?q={search}")).await;
        let note = text(parts(&html, "<ul class=\"notes\"")[0]);
        assert!(note.contains(&format!("{left_out} was left out: ")) && note.contains(told), "{note}");
        let json = site.json(&format!("/api/v1/journeys?q={search}")).await;
        assert_eq!(json["not_understood"][0]["text"], left_out);
        assert_eq!(json["matched"], 3, "the rest of the search holds");
    }
    let html = site.html("/?q=http%3A%2F%2Fx").await;
    assert!(html.contains("data-empty=\"no-match\""), "an address is looked for in names");
}

#[tokio::test]
async fn a_window_leaves_out_what_is_older() {
    let mut pipeline = Pipeline::starting(minutes_ago(180));
    let old = pipeline.order("1", 30).to_string();
    pipeline.at = minutes_ago(2);
    let new = pipeline.order("2", 30).to_string();
    let site = Site::of(pipeline).await;
    for (path, expected) in
        [("/", vec![&new]), ("/?window=6h", vec![&new, &old]), ("/?window=all", vec![&new, &old])]
    {
        assert_eq!(
            values(&site.html(path).await, "data-journey").iter().collect::<Vec<_>>(),
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_bad_address_is_told_on_a_page() {
    let site = Site::empty();
    for (path, told) in [
        ("/?sort=size", "sort=size is none of"),
        ("/?window=1y", "window=1y is none of"),
        ("/map?compare=x", "compare=x is none of"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(text(&answer.text).contains(told), "{path}: {}", text(&answer.text));
    }
}
