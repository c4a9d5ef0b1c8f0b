//! What the browser noticed by itself.

use std::collections::BTreeSet;

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::{ParseError, Url};

/// What Chromium noticed since it was asked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// Errors of scripts, what a policy forbade, and addresses that could not be loaded.
    pub errors: Vec<String>,
    /// Hosts, with their ports, that pages asked for anything.
    pub hosts: BTreeSet<String>,
}

/// One of Chromium's logs. It is emptied when it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Log {
    /// What scripts and the browser wrote to the console.
    Console,
    /// The events of the protocol of its developer tools, with each request among them.
    Events,
}

impl Log {
    fn name(self) -> &'static str {
        match self {
            Self::Console => "browser",
            Self::Events => "performance",
        }
    }
}

impl WebDriverCompatibleCommand for Log {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(serde_json::json!({ "type": self.name() }).to_string()))
    }
}

/// The messages of the console that are errors.
pub(crate) fn errors(console: &Value) -> Vec<String> {
    let entries = console.as_array().into_iter().flatten();
    let severe = entries.filter(|entry| entry.get("level").is_some_and(|level| level == "SEVERE"));
    severe
        .map(|entry| entry.get("message").and_then(Value::as_str).unwrap_or("an error").to_owned())
        .collect()
}

/// The hosts that requests went to. Other schemes than those of the net, such as `data:` and `chrome:`, do not leave the browser.
pub(crate) fn hosts(events: &Value) -> BTreeSet<String> {
    let entries = events.as_array().into_iter().flatten();
    let messages =
        entries.filter_map(|entry| serde_json::from_str::<Value>(entry.get("message")?.as_str()?).ok());
    let requests = messages.filter_map(|message| {
        let event = message.get("message")?;
        let is_request = event.get("method")?.as_str()? == "Network.requestWillBeSent";
        let url = Url::parse(event.pointer("/params/request/url")?.as_str()?).ok().filter(|_| is_request)?;
        if !["http", "https", "ws", "wss"].contains(&url.scheme()) {
            return None;
        }
        Some(match url.port() {
            Some(port) => format!("{}:{port}", url.host_str()?),
            None => url.host_str()?.to_owned(),
        })
    });
    requests.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_severe_messages_are_errors() {
        let console = json!([
            { "level": "INFO", "message": "hello" },
            { "level": "SEVERE", "message": "page 12:3 Uncaught TypeError" },
        ]);
        assert_eq!(errors(&console), ["page 12:3 Uncaught TypeError"]);
        assert!(errors(&Value::Null).is_empty());
    }

    #[test]
    fn each_host_that_was_asked_is_there_once() {
        let event = |method: &str, url: &str| {
            let event = json!({ "message": { "method": method, "params": { "request": { "url": url } } } });
            json!({ "level": "INFO", "message": event.to_string() })
        };
        let events = json!([
            event("Network.requestWillBeSent", "http://127.0.0.1:7070/map"),
            event("Network.requestWillBeSent", "http://127.0.0.1:7070/style.css"),
            event("Network.requestWillBeSent", "https://fonts.example/font"),
            event("Network.requestWillBeSent", "chrome://new-tab-page/icon"),
            event("Network.requestWillBeSent", "data:image/png;base64,AA=="),
            event("Page.frameNavigated", "https://elsewhere.example/"),
            { "message": "no JSON" },
        ]);
        let expected = ["127.0.0.1:7070", "fonts.example"].map(str::to_owned);
        assert_eq!(hosts(&events), BTreeSet::from(expected));
    }
}
