//! Into a running entrance and store, as in `tracehop view`.

use std::future;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};
use tracehop_cli::entrance::{
    Access, Bounds, Entrance, EntranceConfig, NotTaken, Redaction, RedactionKey, Sink,
};
use tracehop_cli::store::{Store, StoreConfig};
use tracehop_journey::{JourneySpan, LogLine};

use crate::commands::{Ran, export, import};
use crate::journey_file::{TRACE, folder, folder_with, from, request};

struct Kept(Store);

impl Sink for Kept {
    async fn spans(&self, spans: Vec<JourneySpan>, _: Option<Bytes>) -> Result<(), NotTaken> {
        self.0.offer(spans, Vec::new()).map_err(|_| NotTaken::Full { retry_after: Duration::ZERO })
    }

    async fn logs(&self, _: Vec<LogLine>, _: Option<Bytes>) -> Result<(), NotTaken> {
        Ok(())
    }
}

/// The parts of a running view that take in spans.
struct View {
    store: Store,
    url: String,
    serving: JoinHandle<()>,
}

impl View {
    async fn new(access: Access) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let redaction = Redaction::new([], true, RedactionKey::generate().unwrap());
        let config = EntranceConfig { grpc: any, http: any, access, redaction, bounds: Bounds::default() };
        let bound = Entrance::bind(config).await.unwrap();
        let url = format!("http://{}", bound.http_address().unwrap());
        let store = Store::start(StoreConfig::default()).unwrap();
        let serving = tokio::spawn(bound.serve(Kept(store.clone()), future::pending()));
        Self { store, url, serving }
    }

    async fn import(&self, path: &Path, more: &[&'static str]) -> Ran {
        let arguments = [&[path.to_str().unwrap(), "--to", &self.url], more].concat();
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        spawn_blocking(move || import(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
            .await
            .unwrap()
    }

    /// How many spans there are, and how many journeys, once there are so many spans.
    async fn kept(&self, spans: usize) -> (usize, usize) {
        let mut news = self.store.news();
        loop {
            let snapshot = self.store.snapshot();
            if snapshot.counts.spans >= spans {
                return (snapshot.counts.spans, snapshot.journeys.len());
            }
            news.changed().await.unwrap();
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[tokio::test]
async fn each_form_comes_back_and_twice_is_once() {
    for name in ["journey.html", "journey.json"] {
        let (folder, sent) = folder();
        let path = folder.path().join(name);
        let source = from(&sent);
        assert_eq!(export(&[TRACE, "--from", &source, "--out", path.to_str().unwrap()]).code, 0);
        let view = View::new(Access::loopback()).await;
        for _ in 0..2 {
            let ran = view.import(&path, &[]).await;
            assert_eq!(
                (ran.code, ran.out.as_str(), ran.err.as_str()),
                (0, "3 of 3 spans were taken in\n", "")
            );
            assert_eq!(view.kept(3).await, (3, 1), "{name}");
        }
        // Something else, behind both in the queue: what is counted after it was counted after the second import.
        let mut other = request("other");
        other["resourceSpans"].as_array_mut().unwrap().truncate(1);
        for span in other["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().unwrap() {
            span["traceId"] = "00000000000000000000000000000001".into();
        }
        let (_other_folder, other) = folder_with(&other);
        assert_eq!(view.import(&other, &[]).await.code, 0);
        assert_eq!(view.kept(5).await, (5, 2), "{name}");
    }
}

#[tokio::test]
async fn many_spans_come_in_portions() {
    let mut request = request("place order");
    let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().unwrap();
    let template = spans[0].clone();
    spans.extend((0..5_000).map(|place| {
        let mut span = template.clone();
        span["spanId"] = format!("{:016x}", place + 1).into();
        span["parentSpanId"] = "00f067aa0ba90201".into();
        span
    }));
    let (_folder, sent) = folder_with(&request);
    let view = View::new(Access::loopback()).await;
    let ran = view.import(&sent, &[]).await;
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "5003 of 5003 spans were taken in\n", ""));
    assert_eq!(view.kept(5_003).await, (5_003, 1));
}

#[tokio::test]
async fn spans_that_are_refused_are_said() {
    let mut request = request("place order");
    let span = &mut request["resourceSpans"][1]["scopeSpans"][0]["spans"][0];
    (span["startTimeUnixNano"], span["endTimeUnixNano"]) = ("1".into(), "2".into());
    let (_folder, sent) = folder_with(&request);
    let ran = View::new(Access::loopback()).await.import(&sent, &[]).await;
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(ran.out.starts_with("2 of 3 spans were taken in: "), "{}", ran.out);
}

#[tokio::test]
async fn a_token_is_asked_for_and_given() {
    let token = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let view = View::new(Access::new(None, Some(token)).unwrap()).await;
    let (_folder, sent) = folder();
    let ran = view.import(&sent, &[]).await;
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("answers with status 401. It wants a token: give --token"), "{}", ran.err);
    let ran = view.import(&sent, &["--token", "0123456789abcdef0123456789abcdef"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn what_cannot_be_imported_is_said() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let (_folder, sent) = folder();
    let ran = import(&[sent.to_str().unwrap(), "--to", &url]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let hint = "Is `tracehop view` running, and is this its address for OTLP over HTTP?";
    assert_eq!(
        ran.err,
        format!("tracehop: tracehop view at {url} cannot be reached: connection refused. {hint}\n")
    );
    let ran = import(&["/nowhere.html", "--to", &url]);
    assert!(ran.err.starts_with("tracehop: /nowhere.html cannot be read: "), "{}", ran.err);
}

#[test]
fn a_file_without_spans_is_told() {
    for text in ["{\"a\":1}", "{\"data\":[]}", "{\"resourceSpans\":[]}"] {
        let (_folder, path) = folder_with(&serde_json::from_str(text).unwrap());
        let ran = import(&[path.to_str().unwrap()]);
        let expected = format!("tracehop: {}: there are no spans in it\n", path.display());
        assert_eq!((ran.code, ran.out.as_str(), ran.err), (2, "", expected), "{text}");
    }
}
