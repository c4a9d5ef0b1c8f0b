//! A page over a store of its own.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tracehop_cli::api::{AppState, WaysIn};
use tracehop_cli::page;
use tracehop_cli::store::{Store, StoreConfig};

use crate::samples::Pipeline;

/// A page over a store of its own.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) store: Store,
    router: Router,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Site {
    pub(crate) fn empty() -> Self {
        let config = StoreConfig {
            log_bytes: 1 << 20,
            tags: vec!["user.id".to_owned(), "session.id".to_owned()],
            ..StoreConfig::default()
        };
        let store = Store::start(config).unwrap();
        let ways_in =
            WaysIn { http: "http://127.0.0.1:4318".to_owned(), grpc: "http://127.0.0.1:4317".to_owned() };
        let router = page::router(AppState::new(store.clone(), Arc::new(ways_in), Arc::default()));
        Self { store, router }
    }

    /// A page that shows what the pipeline has made.
    pub(crate) async fn of(pipeline: Pipeline) -> Self {
        let site = Self::empty();
        site.add(pipeline).await;
        site
    }

    /// Waits until what the pipeline has made is shown.
    pub(crate) async fn add(&self, pipeline: Pipeline) {
        let before = self.store.snapshot().counts.taken_in;
        let after = before + pipeline.spans.len() as u64;
        let mut news = self.store.news();
        self.store.put(pipeline.spans, pipeline.logs, SystemTime::now());
        // Journeys are brought up to date a few at a time: all are when each span is in one of them.
        let is_shown = |_: &u64| {
            let snapshot = self.store.snapshot();
            let in_journeys: usize = snapshot.journeys.iter().map(|journey| journey.spans).sum();
            snapshot.counts.taken_in >= after && in_journeys >= snapshot.counts.spans
        };
        news.wait_for(is_shown).await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    pub(crate) async fn send(&self, request: Builder) -> Answer {
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// The body of an answer that is not over.
    pub(crate) async fn stream(&self, path: &str) -> Body {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap().into_body()
    }

    /// A screen that must be there.
    pub(crate) async fn html(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }

    /// An answer of the API that must be there.
    pub(crate) async fn json(&self, path: &str) -> serde_json::Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/json", "{path}");
        serde_json::from_str(&answer.text).unwrap()
    }
}

/// The values of an attribute, in the order in which they stand.
pub(crate) fn values(html: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).map(|rest| unescaped(rest.split('"').next().unwrap())).collect()
}

/// The elements that start with this, from their tags on up to the next of them.
pub(crate) fn parts<'a>(html: &'a str, start: &str) -> Vec<&'a str> {
    let places: Vec<usize> = html.match_indices(start).map(|(place, _)| place).collect();
    let ends = places.iter().skip(1).copied().chain([html.len()]);
    places.iter().zip(ends).map(|(&begin, end)| &html[begin..end]).collect()
}

/// The text of some HTML, without its tags.
pub(crate) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for char in html.chars() {
        match char {
            '<' => is_tag = true,
            '>' => is_tag = false,
            char if !is_tag => text.push(char),
            _ => {}
        }
    }
    unescaped(&text)
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
