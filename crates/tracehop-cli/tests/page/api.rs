//! JSON.

use std::time::{Duration, SystemTime};

use axum::http::{Method, Request, StatusCode};
use serde_json::Value;
use tracehop_journey::{Attribute, JourneyId, JourneySpan, Source, SpanParts};

use crate::samples::Pipeline;
use crate::site::Site;

/// The same in each run.
fn pipeline() -> (Pipeline, JourneyId) {
    let mut pipeline = Pipeline::starting(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let order = pipeline.order("42", 30);
    pipeline.newsletter();
    (pipeline, order)
}

async fn site() -> (Site, JourneyId) {
    let (pipeline, order) = pipeline();
    (Site::of(pipeline).await, order)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[tokio::test]
async fn a_list_of_journeys() {
    let (site, _) = site().await;
    let mut list = site.json("/api/v1/journeys?window=all").await;
    // Rates depend on when it is asked.
    let activity = list["activity"].take();
    assert_eq!(activity["journeys"], 2);
    assert_eq!(activity["columns"].as_array().unwrap().len(), 30);
    insta::assert_snapshot!(pretty(&list));
}

#[tokio::test]
async fn a_journey() {
    let (site, id) = site().await;
    let mut journey = site.json(&format!("/api/v1/journeys/{id}")).await;
    for list in ["rows", "spans"] {
        let all = journey[list].as_array_mut().unwrap();
        assert!(all.len() > 10, "{list}");
        // The second try, which is handled by the last but few.
        all.retain(|one| {
            let label = one.get("label").or(one.get("name")).unwrap();
            label == "process payments" || label == "payments"
        });
    }
    insta::assert_snapshot!(pretty(&journey));
}

#[tokio::test]
async fn a_map() {
    let (site, _) = site().await;
    let mut map = site.json("/api/v1/map?window=all").await;
    assert!(map["seconds"].take().as_f64().unwrap() > 0.0);
    for arrow in map["arrows"].as_array_mut().unwrap() {
        assert!(arrow["per_second"].take().as_f64().unwrap() > 0.0);
    }
    insta::assert_snapshot!(pretty(&map));
    let compared = site.json("/api/v1/map?compare=before").await;
    assert!(compared["before"]["nodes"].is_array());
}

#[tokio::test]
async fn a_hop() {
    let (site, _) = site().await;
    let mut hop = site.json("/api/v1/hop?destination=orders&window=all").await;
    assert!(hop["column_ns"].take().as_u64().unwrap() > 0);
    hop["wait_over_time"].take();
    insta::assert_snapshot!(pretty(&hop));
}

#[tokio::test]
async fn troubles() {
    let (site, _) = site().await;
    let mut troubles = site.json("/api/v1/trouble?window=all").await;
    for trouble in troubles["troubles"].as_array_mut().unwrap() {
        // Their words are the journey crate's.
        assert!(!trouble["means"].take().as_str().unwrap().is_empty());
        assert!(!trouble["advice"].take().as_str().unwrap().is_empty());
        assert!(!trouble["title"].take().as_str().unwrap().is_empty());
    }
    insta::assert_snapshot!(pretty(&troubles));
}

#[tokio::test]
async fn one_span_and_its_otlp() {
    let (site, id) = site().await;
    let span = site.json(&format!("/api/v1/journeys/{id}/spans/{id}")).await;
    assert_eq!(span["name"], "POST /orders");
    assert_eq!(span["attributes"]["user.id"], "42");
    let otlp = site.json(&format!("/api/v1/journeys/{id}/spans/{id}/otlp")).await;
    assert_eq!(otlp["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"], "POST /orders");
    let all = site.get(&format!("/api/v1/journeys/{id}/otlp")).await.text;
    let request = tracehop_journey::otlp::traces_from_json(all.as_bytes()).unwrap();
    assert_eq!(tracehop_journey::otlp::spans_of(request).spans.len(), 12, "what is written can be read");
}

#[tokio::test]
async fn the_journeys_of_a_trace_and_of_a_user() {
    let (site, id) = site().await;
    let trace = site.json(&format!("/api/v1/traces/{}", id.0.0)).await;
    assert_eq!(trace["journeys"][0], id.to_string());
    let of = site.json("/api/v1/of?key=user.id&value=42").await;
    assert_eq!((&of["matched"], &of["journeys"][0]["id"]), (&1.into(), &id.to_string().into()));
}

#[tokio::test]
async fn counts_and_health() {
    let (site, _) = site().await;
    let counts = site.json("/api/v1/counts").await;
    assert_eq!((&counts["journeys"], &counts["spans"]), (&2.into(), &13.into()));
    assert_eq!(site.html("/healthz").await, "ok\n");
}

#[tokio::test]
async fn a_search_is_completed() {
    let (site, _) = site().await;
    let answer = site.json("/api/v1/complete?q=dest%3Aor&cursor=7").await;
    let first = &answer["completions"][0];
    assert_eq!(first["text"], "orders", "{answer:#}");
    assert!(first["search"].as_str().unwrap().starts_with("dest:orders"), "{first:#}");
    assert!(first["cursor"].as_u64().unwrap() >= 11, "{first:#}");
}

#[tokio::test]
async fn what_is_not_here_or_not_understood_is_told_in_json() {
    let (site, id) = site().await;
    for (path, status, told) in [
        ("/api/v1/journeys/4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7".to_owned(), StatusCode::NOT_FOUND, "no such journey is kept"),
        ("/api/v1/journeys/x".to_owned(), StatusCode::BAD_REQUEST, "a journey's id is"),
        (format!("/api/v1/journeys/{id}/spans/x"), StatusCode::BAD_REQUEST, "a span is"),
        ("/api/v1/traces/4bf92f3577b34da6a3ce929d0e0e4736".to_owned(), StatusCode::NOT_FOUND, "no span of this trace"),
        ("/api/v1/traces/%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9".to_owned(), StatusCode::BAD_REQUEST, "is no trace id"),
        ("/api/v1/hop".to_owned(), StatusCode::BAD_REQUEST, "the parameter destination is missing"),
        ("/api/v1/journeys?limit=x".to_owned(), StatusCode::BAD_REQUEST, "limit=x is not a number"),
        ("/api/v1/journeys?limit=1001".to_owned(), StatusCode::BAD_REQUEST, "limit=1001 is not within 1 and 1000"),
        ("/api/v1/journeys?page=0".to_owned(), StatusCode::BAD_REQUEST, "page=0 is less than 1"),
        ("/api/v1/journeys?destination=orders&during=5-1".to_owned(), StatusCode::BAD_REQUEST, "ends before it begins"),
        ("/api/v1/of?key=tenant&value=7".to_owned(), StatusCode::BAD_REQUEST, "key=tenant was not named with --tag"),
        ("/api/v1/nowhere".to_owned(), StatusCode::NOT_FOUND, "there is no such address"),
        ("/api/v1/journeys/%ff".to_owned(), StatusCode::BAD_REQUEST, "is no text in UTF-8"),
        (format!("/api/v1/journeys/{id}/spans/%ff/otlp"), StatusCode::BAD_REQUEST, "is no text in UTF-8"),
        ("/api/v1/traces/%c3%28".to_owned(), StatusCode::BAD_REQUEST, "is no text in UTF-8"),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status, status, "{path}");
        let json: Value = serde_json::from_str(&answer.text).unwrap();
        assert!(json["error"].as_str().unwrap().starts_with(told) || json["error"].as_str().unwrap().contains(told), "{path}: {json}");
    }
}

#[tokio::test]
async fn the_same_search_finds_the_same_as_on_the_page() {
    let site = Site::of(Pipeline::mixed(SystemTime::now() - Duration::from_secs(120), 40)).await;
    for query in [
        "",
        "?q=dest%3Apayments",
        "?q=error%3A*&sort=took",
        "?q=attempt%3E1&limit=5&page=2",
        "?window=all&sort=name&order=desc",
    ] {
        let list = site.json(&format!("/api/v1/journeys{query}")).await;
        let ids: Vec<&str> =
            list["journeys"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert!(!ids.is_empty(), "{query}");
        assert_eq!(
            crate::site::values(&site.html(&format!("/{query}")).await, "data-journey"),
            ids,
            "{query}"
        );
    }
}

#[tokio::test]
async fn another_method_is_refused_in_json() {
    let site = Site::empty();
    for (method, path) in [
        (Method::POST, "/api/v1/journeys"),
        (Method::DELETE, "/api/v1/journeys/x"),
        (Method::PUT, "/api/v1/counts"),
    ] {
        let answer = site.send(Request::builder().method(&method).uri(path)).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.headers["allow"], "GET,HEAD", "{method} {path}");
        let json: Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(json["error"], "only GET is answered here", "{method} {path}");
    }
    let answer = site.send(Request::post("/api/v1/nowhere")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_recorded_a_span_is_told_with_attributes() {
    let mut pipeline = Pipeline::starting(SystemTime::now());
    let parts = SpanParts {
        key: (7.into(), 1.into()),
        started: pipeline.at,
        ended: pipeline.at,
        ..SpanParts::default()
    };
    let source = Source::new([], "orders-lib", "2.1")
        .with_scope_attributes([Attribute::new("team", tracehop_journey::Value::text("logistics"))]);
    pipeline.spans.push(JourneySpan::new(parts, source).unwrap());
    let site = Site::of(pipeline).await;
    let key = format!("{:032x}-{:016x}", 7, 1);
    let html = site.html(&format!("/journeys/{key}?span={key}")).await;
    assert!(html.contains("recorded by orders-lib 2.1") && html.contains("logistics"), "{html}");
    let span = site.json(&format!("/api/v1/journeys/{key}/spans/{key}")).await;
    assert_eq!(
        (&span["scope_name"], &span["scope_attributes"]["team"]),
        (&"orders-lib".into(), &"logistics".into())
    );
}

#[tokio::test]
async fn the_last_page_is_answered_for_those_beyond_and_an_unknown_hop_is_all_zeros() {
    let (site, _) = site().await;
    let list = site.json("/api/v1/journeys?window=all&limit=1&page=99").await;
    assert_eq!((&list["page"], &list["pages"]), (&2.into(), &2.into()));
    assert_eq!(list["journeys"].as_array().unwrap().len(), 1);
    let hop = site.json("/api/v1/hop?destination=nowhere&window=all").await;
    for list in ["slowest", "partitions", "consumers", "waits"] {
        assert_eq!(hop[list], Value::Array(Vec::new()), "{list}");
    }
    assert_eq!((&hop["count"], &hop["wait"]["p99_ns"]), (&0.into(), &0.into()));
}
