//! What somebody is told who listens to a page instead of looking at it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use serde_json::{Value, json};

use crate::tab::Tab;

/// Finds ids that are there twice, and what else the tree of what is heard does not say.
const SCRIPT: &str = include_str!("scripts/accessibility.js");

/// Roles that somebody goes to: what they are must be said.
const NAMED: [&str; 16] = [
    "link",
    "button",
    "textbox",
    "searchbox",
    "combobox",
    "listbox",
    "checkbox",
    "slider",
    "spinbutton",
    "option",
    "tab",
    "treegrid",
    "dialog",
    "navigation",
    "image",
    "region",
];

/// Roles whose cells are nothing without what stands above or beside them.
const TABLES: [&str; 3] = ["table", "grid", "treegrid"];
const HEADERS: [&str; 2] = ["columnheader", "rowheader"];

/// What is heard of a page: how many there are of each role, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// How many of each role.
    pub roles: BTreeMap<String, usize>,
    /// What is not said, or said twice.
    pub faults: Vec<String>,
}

impl Tab {
    /// Checks what a screen reader gets of the page: one heading of the first level within one main part, a language, names for
    /// all that can be gone to and for pictures, heads for tables, no id twice, and a polite region that tells of changes.
    ///
    /// # Errors
    ///
    /// The page cannot be read.
    pub async fn heard(&self) -> anyhow::Result<Heard> {
        self.devtools("Accessibility.enable", json!({})).await?;
        let answer = self.devtools("Accessibility.getFullAXTree", json!({})).await?;
        self.devtools("Accessibility.disable", json!({})).await?;
        let nodes = answer.get("nodes").and_then(Value::as_array).context("there is no tree")?;
        let mut heard = Heard::of(nodes);
        let more: Vec<String> = serde_json::from_value(self.script(SCRIPT).await?)?;
        heard.faults.extend(more);
        Ok(heard)
    }
}

impl Heard {
    fn of(nodes: &[Value]) -> Self {
        let by_id: HashMap<&str, &Value> =
            nodes.iter().filter_map(|node| Some((node.get("nodeId")?.as_str()?, node))).collect();
        let mut heard = Self::default();
        for node in nodes.iter().filter(|node| node.get("ignored") != Some(&Value::Bool(true))) {
            let role = text(node, "/role/value");
            *heard.roles.entry(role.to_owned()).or_default() += 1;
            if NAMED.contains(&role) && text(node, "/name/value").trim().is_empty() {
                heard.faults.push(format!("a {role} without name{}", place(node, &by_id)));
            }
            if TABLES.contains(&role) && !has_header(node, &by_id) {
                heard.faults.push(format!("the {role} {:?} has no headers", text(node, "/name/value")));
            }
        }
        let first =
            nodes.iter().filter(|node| text(node, "/role/value") == "heading" && level(node) == Some(1));
        let first = first.count();
        if first != 1 {
            heard.faults.push(format!("{first} headings of the first level"));
        }
        if heard.roles.get("main") != Some(&1) {
            heard.faults.push("not one main part".to_owned());
        }
        heard
    }
}

fn text<'a>(node: &'a Value, pointer: &str) -> &'a str {
    node.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn level(node: &Value) -> Option<u64> {
    let properties = node.get("properties")?.as_array()?;
    properties.iter().find(|property| text(property, "/name") == "level")?.pointer("/value/value")?.as_u64()
}

/// The names of what a node is in.
fn place(node: &Value, by_id: &HashMap<&str, &Value>) -> String {
    let mut at = node;
    while let Some(parent) = by_id.get(text(at, "/parentId")) {
        let (role, name) = (text(parent, "/role/value"), text(parent, "/name/value"));
        if !name.is_empty() {
            return format!(", in {role} {name:?}");
        }
        at = parent;
    }
    String::new()
}

/// Looks through all that is below a node, each once.
fn has_header(node: &Value, by_id: &HashMap<&str, &Value>) -> bool {
    let mut open = vec![node];
    let mut left = by_id.len();
    while let Some(node) = open.pop() {
        if HEADERS.contains(&text(node, "/role/value")) {
            return true;
        }
        let children = node.get("childIds").and_then(Value::as_array).into_iter().flatten();
        open.extend(children.filter_map(|id| by_id.get(id.as_str()?).copied()));
        // A tree has no rings; one that has them must end, too.
        let Some(fewer) = left.checked_sub(1) else { return false };
        left = fewer;
    }
    false
}
