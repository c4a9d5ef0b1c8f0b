//! A viewer, and a browser that looks at it.

use std::time::{Duration, SystemTime};

use browser::{Browser, Tab, Viewer};
use serde_json::{Value, json};

/// The narrowest window that every screen fits into.
pub(crate) const WIDTH: u32 = 1280;

/// A viewer with a window on its page.
pub(crate) struct Page {
    pub(crate) viewer: Viewer,
    browser: Browser,
}

impl Page {
    /// Of a viewer without spans.
    pub(crate) async fn empty() -> Self {
        Self::of(&[]).await
    }

    /// Of a viewer with its demo, once there are as many journeys.
    pub(crate) async fn demo(journeys: usize) -> Self {
        let page = Self::of(&["--demo"]).await;
        page.journeys(&format!("{journeys} journeys"), |all| (all.len() >= journeys).then_some(())).await;
        page
    }

    async fn of(arguments: &[&str]) -> Self {
        let (viewer, browser) =
            tokio::try_join!(Viewer::start(arguments), Browser::start(WIDTH, 900)).unwrap();
        Self { viewer, browser }
    }

    pub(crate) fn tab(&self) -> &Tab {
        self.browser.tab()
    }

    /// Opens a path, and waits until its screen is there.
    pub(crate) async fn open(&self, path: &str, screen: &str) {
        self.tab().open(&format!("{}{path}", self.viewer.page())).await.unwrap();
        self.is_on(screen).await;
    }

    /// Waits until the screen of this name is there, and ready.
    pub(crate) async fn is_on(&self, screen: &str) {
        let script = format!(
            "return document.documentElement.dataset.ready !== undefined && document.body.dataset.screen === '{screen}'"
        );
        self.until(&format!("the screen is {screen}"), &script).await;
    }

    /// Waits until a script returns something that is true.
    pub(crate) async fn until(&self, what: &str, script: &str) -> Value {
        self.tab().until(what, script).await.unwrap()
    }

    pub(crate) async fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        self.tab().attributes(css, name).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.viewer.get(path).await.unwrap()
    }

    /// Asks the API for journeys until `find` finds something among them.
    pub(crate) async fn journeys<T>(&self, what: &str, find: impl Fn(&[Value]) -> Option<T>) -> T {
        let find = |answer: &Value| find(answer["journeys"].as_array()?);
        let found = self.viewer.wait_for("/api/v1/journeys?limit=1000", find).await;
        found.unwrap_or_else(|error| panic!("{what}: {error:#}"))
    }

    /// The id of a journey in the demo that has come to its end, over several destinations, at a later try.
    pub(crate) async fn whole_journey(&self) -> String {
        self.journeys("a journey at its end", |all| {
            let mut whole = all.iter().filter(|journey| {
                journey["outcome"] == "ok"
                    && journey["attempts"].as_u64() > Some(1)
                    && journey["destinations"].as_array().is_some_and(|all| all.len() > 1)
            });
            Some(whole.next()?["id"].as_str()?.to_owned())
        })
        .await
    }

    /// Every screen, with something on it: the path, the screen's name, and an element that is there once it is not empty. Waits
    /// until there is something to show on each.
    pub(crate) async fn screens(&self) -> Vec<(String, &'static str, &'static str)> {
        let journey = self.whole_journey().await;
        let user = self
            .journeys("a journey of a user", |all| {
                let mut tags =
                    all.iter().flat_map(|journey| journey["tags"].as_array().into_iter().flatten());
                Some(tags.find(|tag| tag["key"] == "user.id")?["value"].as_str()?.to_owned())
            })
            .await;
        let any = |answer: &Value| answer["troubles"].as_array().filter(|all| !all.is_empty()).map(|_| ());
        self.viewer.wait_for("/api/v1/trouble", any).await.unwrap();
        vec![
            ("/".to_owned(), "journeys", "tr[data-journey]"),
            ("/?q=dest%3Aorders&sort=took".to_owned(), "journeys", "tr[data-journey]"),
            (format!("/journeys/{journey}"), "journey", "[data-row]"),
            ("/map".to_owned(), "map", "[data-node]"),
            ("/hop?destination=orders".to_owned(), "hop", "[data-slowest] tr[data-journey]"),
            ("/trouble".to_owned(), "trouble", "[data-trouble]"),
            (format!("/of?key=user.id&value={user}"), "of", "tr[data-journey]"),
        ]
    }

    /// Sends a journey of so many spans, and waits until it is there. Its id.
    pub(crate) async fn long_journey(&self, spans: u64) -> String {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let started = SystemTime::now() - Duration::from_secs(60);
        let started = started.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() * 1_000;
        let nanos = |millis: u64| format!("{}000000", started + millis);
        let span = |place: u64| {
            let parent = if place == 1 { String::new() } else { format!("{:016x}", 1) };
            json!({
                "traceId": trace, "spanId": format!("{place:016x}"), "parentSpanId": parent, "kind": 1,
                "name": format!("step {place}"), "startTimeUnixNano": nanos(place), "endTimeUnixNano": nanos(place + 5),
            })
        };
        let spans_of = json!([{ "spans": (1..=spans).map(span).collect::<Vec<_>>() }]);
        let resource =
            json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "importer" } }] });
        self.viewer
            .send(&json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": spans_of }] }))
            .await
            .unwrap();
        self.journeys("the long journey", |all| {
            let whole = all.iter().find(|journey| journey["spans"].as_u64() == Some(spans))?;
            Some(whole["id"].as_str()?.to_owned())
        })
        .await
    }

    /// The key of a span that handled a message, for an address that shows it.
    pub(crate) async fn span_of(&self, journey: &str) -> String {
        let journey = self.get(&format!("/api/v1/journeys/{journey}")).await;
        let rows = journey["rows"].as_array().unwrap();
        let handler = rows.iter().find(|row| row["kind"] == "process").expect("something was handled");
        handler["key"].as_str().unwrap().to_owned()
    }

    /// A time up to which journeys hardly change any more: the parameter `until` of a list.
    pub(crate) async fn some_seconds_ago(&self) -> u64 {
        self.get("/api/v1/journeys").await["until"].as_u64().unwrap() - 3_000_000_000
    }

    /// Checks what the browser noticed by itself: no error, and nothing was asked of another host.
    pub(crate) async fn was_quiet(&self) {
        let noticed = self.tab().noticed().await.unwrap();
        assert!(noticed.errors.is_empty(), "{:#?}", noticed.errors);
        let own = self.viewer.page().trim_start_matches("http://");
        assert!(noticed.hosts.iter().all(|host| host == own), "{:?} are not all {own}", noticed.hosts);
        assert!(!noticed.hosts.is_empty(), "requests are not noticed at all");
    }
}

/// The ids of what a list of the API has.
pub(crate) fn ids(answer: &Value) -> Vec<String> {
    let journeys = answer["journeys"].as_array().into_iter().flatten();
    journeys.map(|journey| journey["id"].as_str().unwrap_or_default().to_owned()).collect()
}
