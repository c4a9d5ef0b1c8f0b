//! A viewer, and a browser that looks at it.

use browser::{Browser, Tab, Viewer};
use serde_json::Value;

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
