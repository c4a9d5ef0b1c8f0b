//! The registry of keys and events: it has what the crates name, and nothing else.

use std::collections::BTreeMap;

use super::tree::Tree;

/// Where the registry is.
pub(super) const PATH: &str = "docs/registry/tracehop.yaml";

const OWN: &str = "tracehop.";

/// What `registry` lacks of the keys and events in every `semconv.rs`, and what it has beyond them.
pub(super) fn check(tree: &Tree, registry: &str) -> Vec<String> {
    let (named, listed) = (named(tree), listed(registry));
    let lacks = named.iter().filter(|(name, what)| listed.get(*name) != Some(what));
    let lacks = lacks.map(|(name, what)| format!("{PATH}: {name} is missing as {what}"));
    let exceeds = listed.keys().filter(|name| !named.contains_key(*name));
    let exceeds = exceeds.map(|name| format!("{PATH}: no semconv.rs has {name}"));
    lacks.chain(exceeds).collect()
}

/// The keys and events of every `semconv.rs`, with what they are.
fn named(tree: &Tree) -> BTreeMap<String, &'static str> {
    let mut named = BTreeMap::new();
    for (_, text) in tree.files().filter(|(path, _)| path.ends_with("/src/semconv.rs")) {
        let mut comment = String::new();
        for line in text.lines() {
            if let Some(more) = line.strip_prefix("///") {
                comment.push_str(more);
                continue;
            }
            // A metric of the conventions is not referred to: a registry has those of its dependencies.
            let is_theirs = comment.trim_start().starts_with("A metric of the conventions");
            if let Some(name) = constant(line).filter(|name| is_key(name) && !is_theirs) {
                named.insert(name.to_owned(), what(name, &comment));
            }
            comment.clear();
        }
    }
    named
}

/// The value of a constant.
fn constant(line: &str) -> Option<&str> {
    let (_, value) = line.split_once("const ")?.1.split_once(": &str = \"")?;
    value.strip_suffix("\";")
}

fn is_key(value: &str) -> bool {
    value.contains('.') && !value.contains('/') && !value.ends_with('.')
}

/// What the comment says that it is. Keys of the conventions are only referred to.
fn what(name: &str, comment: &str) -> &'static str {
    match comment {
        _ if !name.starts_with(OWN) => "a reference",
        metric if metric.trim_start().starts_with("A metric") => "a metric",
        event if event.trim_start().starts_with("An event") => "an event",
        integer if integer.contains("integer") => "int",
        boolean if boolean.contains("boolean") => "boolean",
        strings if strings.contains("array of strings") => "string[]",
        _ => "string",
    }
}

/// The keys and events of the registry, with what they are. It is read by lines: `id` and `type` of an attribute follow one
/// another.
fn listed(registry: &str) -> BTreeMap<String, &'static str> {
    let mut listed = BTreeMap::new();
    let mut id = None;
    for line in registry.lines() {
        let line = line.trim_start();
        if let Some(name) = line.strip_prefix("- ref: ") {
            listed.entry(name.to_owned()).or_insert("a reference");
        } else if let Some(name) = line.strip_prefix("- id: ") {
            id = Some(name);
        } else if let (Some(kind), Some(name)) = (line.strip_prefix("type: "), id.take()) {
            let (name, what) = match kind {
                "event" => (name.strip_prefix("event.").unwrap_or(name), "an event"),
                "metric" => (name.strip_prefix("metric.").unwrap_or(name), "a metric"),
                "int" => (name, "int"),
                "boolean" => (name, "boolean"),
                "string" => (name, "string"),
                "string[]" => (name, "string[]"),
                _ => continue,
            };
            listed.insert(name.to_owned(), what);
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEMCONV: &str = r#"
        //! Keys.
/// Why, a string on an event.
pub const TRACEHOP_REASON: &str = "tracehop.reason";
/// How many, an integer.
pub const TRACEHOP_COUNT: &str = "tracehop.count";
/// Which, an array of strings.
pub const TRACEHOP_NAMES: &str = "tracehop.names";
/// Whether it was,
/// a boolean.
pub(crate) const TRACEHOP_FLAG: &str = "tracehop.flag";
/// A metric: how many were sent.
pub const TRACEHOP_SENT: &str = "tracehop.sent";
/// A metric of the conventions: how long it took.
pub const MESSAGING_DURATION: &str = "messaging.process.duration";
/// An event: it was refused.
pub const TRACEHOP_REFUSED: &str = "tracehop.refused";
/// The system, a string.
pub const MESSAGING_SYSTEM: &str = "messaging.system";
/// The version of the conventions.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";
/// The value for no other.
pub const ERROR_TYPE_OTHER: &str = "_OTHER";
"#;

    const REGISTRY: &str = "
groups:
  - id: registry.tracehop
    type: attribute_group
    attributes:
      - id: tracehop.reason
        type: string
      - id: tracehop.count
        type: int
      - id: tracehop.names
        type: string[]
      - id: tracehop.flag
        type: boolean
  - id: metric.tracehop.sent
    type: metric
    metric_name: tracehop.sent
  - id: event.tracehop.refused
    type: event
    name: tracehop.refused
    attributes:
      - ref: tracehop.reason
      - ref: messaging.system
";

    fn check(registry: &str) -> Vec<String> {
        super::check(&Tree::from([("crates/tracehop/src/semconv.rs", SEMCONV)]), registry)
    }

    #[test]
    fn a_registry_with_every_key_and_event_is_whole() {
        assert!(check(REGISTRY).is_empty());
    }

    #[test]
    fn what_is_missing_or_too_much_or_another_type_is_found() {
        let message = |text: &str| vec![format!("{PATH}: {text}")];
        for (from, to, expected) in [
            ("      - ref: messaging.system\n", "", "messaging.system is missing as a reference"),
            ("        type: int\n", "        type: string\n", "tracehop.count is missing as int"),
            ("groups:\n", "groups:\n      - ref: error.type\n", "no semconv.rs has error.type"),
            (
                "groups:\n",
                "groups:\n      - id: tracehop.x\n        type: int\n",
                "no semconv.rs has tracehop.x",
            ),
        ] {
            assert!(REGISTRY.contains(from));
            assert_eq!(check(&REGISTRY.replacen(from, to, 1)), message(expected));
        }
        assert_eq!(check("").len(), 7);
    }
}
