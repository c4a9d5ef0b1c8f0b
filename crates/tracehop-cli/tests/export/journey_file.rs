//! A journey over two traces in a file, with what nobody shall see in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const SECOND: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A folder with the journey in `sent.json`.
pub(crate) fn folder() -> (TempDir, PathBuf) {
    folder_with(&request("place order"))
}

pub(crate) fn folder_with(request: &Value) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sent.json");
    fs::write(&path, request.to_string()).unwrap();
    (folder, path)
}

pub(crate) fn from(path: &Path) -> String {
    format!("file={}", path.display())
}

/// A minute ago: what is too old, or not yet, is let in nowhere.
fn nanos(after_ms: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    (u64::try_from(now.as_nanos()).unwrap() - 60_000_000_000 + after_ms * 1_000_000).to_string()
}

pub(crate) fn request(name: &str) -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    json!({"resourceSpans": [
        {
            "resource": {"attributes": [text("service.name", "checkout"), text("host.name", "secret-host")]},
            "scopeSpans": [{"spans": [
                {
                    "traceId": TRACE, "spanId": "00f067aa0ba90201", "name": name, "kind": 2,
                    "startTimeUnixNano": nanos(0), "endTimeUnixNano": nanos(20),
                    "attributes": [text("user.email", "ada@example.com")],
                },
                {
                    "traceId": TRACE, "spanId": "00f067aa0ba90202", "parentSpanId": "00f067aa0ba90201",
                    "name": "send orders", "kind": 4,
                    "startTimeUnixNano": nanos(1), "endTimeUnixNano": nanos(3),
                    "attributes": [
                        text("messaging.system", "kafka"),
                        text("messaging.operation.type", "send"),
                        text("messaging.destination.name", "orders"),
                        text("messaging.kafka.message.key", "key-of-ada"),
                        text("messaging.message.body", "body-of-ada"),
                    ],
                },
            ]}],
        },
        {
            "resource": {"attributes": [text("service.name", "billing")]},
            "scopeSpans": [{"spans": [{
                "traceId": SECOND, "spanId": "00f067aa0ba90301", "name": "process orders", "kind": 5,
                "startTimeUnixNano": nanos(43), "endTimeUnixNano": nanos(50),
                "attributes": [
                    text("messaging.system", "kafka"),
                    text("messaging.operation.type", "process"),
                    text("messaging.destination.name", "orders"),
                    text("error.type", "declined"),
                ],
                "status": {"code": 2, "message": "card of ada"},
                "events": [{"timeUnixNano": nanos(45), "name": "exception",
                    "attributes": [text("exception.message", "ada has no money")]}],
                "links": [{"traceId": TRACE, "spanId": "00f067aa0ba90202"}],
            }]}],
        },
    ]})
}
