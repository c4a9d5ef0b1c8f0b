//! The crates that are published, as cargo knows them.

use std::process::Stdio;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::workspace::cargo_command;

/// A crate of `crates/`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Library {
    pub(crate) name: String,
    /// The oldest compiler that it says it needs, for example "1.88".
    pub(crate) rust_version: Option<String>,
    /// In the order of their names; `default` is among them if there is one.
    pub(crate) features: Vec<String>,
}

impl Library {
    /// All of them, in the order of their names.
    pub(crate) fn all() -> anyhow::Result<Vec<Self>> {
        let arguments = ["metadata", "--format-version=1", "--no-deps", "--locked"];
        let output = cargo_command().args(arguments).stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "cargo metadata failed");
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let mut all = Self::read(&metadata).context("cargo metadata has another form")?;
        all.sort_by(|one, other| one.name.cmp(&other.name));
        ensure!(!all.is_empty(), "no crate is published");
        Ok(all)
    }

    fn read(metadata: &Value) -> Option<Vec<Self>> {
        let packages = metadata.get("packages")?.as_array()?;
        // An empty list of registries says `publish = false`.
        let is_published = |package: &&Value| {
            package.get("publish").and_then(Value::as_array).is_none_or(|all| !all.is_empty())
        };
        packages.iter().filter(is_published).map(Self::read_one).collect()
    }

    fn read_one(package: &Value) -> Option<Self> {
        let text = |key| package.get(key).and_then(Value::as_str).map(str::to_owned);
        let features = package.get("features")?.as_object()?.keys().cloned().collect();
        Some(Self { name: text("name")?, rust_version: text("rust_version"), features })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_crates_are_found_with_their_features() {
        let package = |publish: Value| {
            serde_json::json!({
                "name": "x", "publish": publish, "rust_version": "1.88", "features": {"b": ["a"], "a": []}
            })
        };
        let packages =
            serde_json::json!({ "packages": [package(Value::Null), package(serde_json::json!([]))] });
        let features = vec!["a".to_owned(), "b".to_owned()];
        let expected = Library { name: "x".into(), rust_version: Some("1.88".into()), features };
        assert_eq!(Library::read(&packages), Some(vec![expected]));
    }
}
