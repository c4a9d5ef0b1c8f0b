//! The order that exporters send, and what the viewer must have of it.
//!
//! A request sends an order, which is handled in a trace of its own: three spans, the same ones whatever exports them.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::viewer::Viewer;

/// The service that the spans are of.
pub const EXPORTING: &str = "exporting";

/// The spans, and what the API must say of each.
fn expected() -> [(&'static str, Value); 3] {
    let source = json!({ "service": EXPORTING, "scope_name": "shop", "scope_version": "0.1.0" });
    let span = |more: Value| merged(source.clone(), more);
    [
        (
            "POST /orders",
            span(json!({ "kind": "server", "status": "unset", "attributes": { "user.id": "42" } })),
        ),
        (
            "send orders",
            span(json!({
                "kind": "producer",
                "attributes": { "messaging.system": "kafka", "messaging.destination.name": "orders", "messaging.operation.type": "send" },
            })),
        ),
        (
            "process orders",
            span(json!({
                "kind": "consumer",
                "status": "error",
                "status_message": "no stock",
                "error": "no_stock",
                "parent_span_id": null,
                "attributes": {
                    "messaging.consumer.group.name": "billing",
                    "messaging.operation.type": "process",
                    "typed.text": "Grüße, \"Welt\" <b>",
                    "typed.bool": true,
                    "typed.int": -42,
                    "typed.float": 0.5,
                    "typed.list": ["a", "b"],
                },
                "events": [{ "name": "checked", "attributes": { "items": 3 } }],
            })),
        ),
    ]
}

/// Waits until the journey is there, and compares it with what was made.
///
/// # Errors
///
/// It does not come, or is not as it was made. The message has what there is.
pub async fn expect_order(viewer: &Viewer) -> anyhow::Result<()> {
    let whole = |answer: &Value| {
        let journeys = answer.get("journeys")?.as_array()?;
        let whole = journeys.iter().find(|journey| journey.get("spans").is_some_and(|spans| *spans == 3))?;
        Some(whole.get("id")?.as_str()?.to_owned())
    };
    let id = viewer.wait_for("/api/v1/journeys", whole).await?;
    let journey = viewer.get(&format!("/api/v1/journeys/{id}")).await?;
    compare(&journey).with_context(|| format!("the journey is {journey:#}"))
}

fn compare(journey: &Value) -> anyhow::Result<()> {
    let spans = journey.get("spans").and_then(Value::as_array).context("there are no spans")?;
    let named = |name: &str| {
        let mut named = spans.iter().filter(|span| span.get("name").is_some_and(|it| it == name));
        named.next().with_context(|| format!("there is no {name:?}"))
    };
    for (name, expected) in expected() {
        let span = named(name)?;
        ensure!(has(span, &expected), "{name:?} should have {expected:#}");
    }
    let [request, send, process] = [named("POST /orders")?, named("send orders")?, named("process orders")?];
    ensure!(send.get("parent_span_id") == request.get("span_id"), "the send is not below the request");
    ensure!(send.get("trace_id") != process.get("trace_id"), "the handler is in the trace of the send");
    let key = |span: &Value| {
        Some(json!(format!("{}-{}", span.get("trace_id")?.as_str()?, span.get("span_id")?.as_str()?)))
    };
    ensure!(process.pointer("/links/0/key") == key(send).as_ref(), "the handler does not link to the send");
    ensure!(
        send.pointer("/links_in/0") == key(process).as_ref(),
        "the send does not know the handler's link"
    );
    Ok(())
}

/// Whether `value` has all that `expected` has, whatever else it has. Lists are as long.
fn has(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Object(fields), Value::Object(expected)) => {
            expected.iter().all(|(name, expected)| has(fields.get(name).unwrap_or(&Value::Null), expected))
        }
        (Value::Array(items), Value::Array(expected)) => {
            items.len() == expected.len()
                && items.iter().zip(expected).all(|(item, expected)| has(item, expected))
        }
        _ => value == expected,
    }
}

fn merged(mut one: Value, other: Value) -> Value {
    if let (Some(one), Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journey as it should be.
    fn journey() -> Value {
        let ids = [("a", "1", Value::Null), ("a", "2", json!("1")), ("b", "3", Value::Null)];
        let spans = expected().into_iter().zip(ids).map(|((name, span), (trace, id, parent))| {
            let links = if id == "3" { json!([{"key": "a-2"}]) } else { json!([]) };
            let links_in = if id == "2" { json!(["b-3"]) } else { json!([]) };
            merged(span, json!({
                "name": name, "trace_id": trace, "span_id": id, "parent_span_id": parent, "links": links, "links_in": links_in,
            }))
        });
        json!({ "spans": spans.collect::<Vec<_>>() })
    }

    #[test]
    fn any_difference_is_found() {
        compare(&journey()).unwrap();
        for (place, value, expected) in [
            ("/spans/0/name", json!("POST"), "there is no \"POST /orders\""),
            ("/spans/1/kind", json!("client"), "\"send orders\" should have"),
            ("/spans/2/attributes/typed.int", json!(42), "\"process orders\" should have"),
            ("/spans/2/attributes/typed.list", json!(["a"]), "\"process orders\" should have"),
            ("/spans/2/events", json!([]), "\"process orders\" should have"),
            ("/spans/1/parent_span_id", json!("9"), "the send is not below the request"),
            ("/spans/2/trace_id", json!("a"), "the handler is in the trace of the send"),
            ("/spans/2/links", json!([]), "the handler does not link to the send"),
            ("/spans/1/links_in", json!([]), "the send does not know the handler's link"),
        ] {
            let mut journey = journey();
            *journey.pointer_mut(place).unwrap() = value;
            let told = compare(&journey).unwrap_err().to_string();
            assert!(told.starts_with(expected), "{place}: {told}");
        }
    }
}
