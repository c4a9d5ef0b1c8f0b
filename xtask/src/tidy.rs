//! `cargo xtask tidy`: the rules of the tree that no lint knows. They are the invariants of `ARCHITECTURE.md`.

use std::path::{Path, PathBuf};

use anyhow::ensure;

use crate::{read, root};

/// A file that is longer holds more than one concept. Tests inside it do not count.
const MAX_LINES: usize = 400;

/// Where `unsafe` may stand.
const UNSAFE: &str = "crates/tracehop-kafka/src/ffi.rs";

pub(crate) fn run() -> anyhow::Result<()> {
    let found = problems(&root())?;
    for problem in &found {
        eprintln!("{problem}");
    }
    ensure!(found.is_empty(), "the tree is not tidy: {} places", found.len());
    Ok(())
}

fn problems(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for path in sources(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        check(&name, &read(&path)?, &mut found);
    }
    Ok(found)
}

fn check(name: &str, text: &str, found: &mut Vec<String>) {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let is_source = name.contains("/src/");
    if is_source && code.lines().count() > MAX_LINES {
        found.push(format!("{name}: longer than {MAX_LINES} lines without its tests"));
    }
    // These are the checks themselves.
    if name.starts_with("xtask/") {
        return;
    }
    let follows_conventions =
        ["tracehop/", "tracehop-kafka/", "tracehop-nats/", "tracehop-rabbitmq/"].iter().any(|folder| {
            name.strip_prefix("crates/").is_some_and(|name| name.starts_with(&format!("{folder}src/")))
        });
    let is_core = name.starts_with("crates/tracehop/src");
    for (number, line) in code.lines().enumerate() {
        let place = format!("{name}:{}", number + 1);
        let line = line.trim_start();
        let is_comment = line.starts_with("//");
        let mut forbid = |fault: bool, rule: &str| {
            if fault && !is_comment {
                found.push(format!("{place}: {rule}"));
            }
        };
        forbid(line.contains("unsafe ") && name != UNSAFE, "unsafe code outside of its one file");
        forbid(
            follows_conventions && line.contains("\"messaging.") && !name.ends_with("/semconv.rs"),
            "a key of the conventions outside of semconv.rs",
        );
        let names_a_broker =
            ["kafka", "rabbit", "nats"].iter().any(|word| line.to_lowercase().contains(word));
        forbid(is_core && names_a_broker, "core names a broker");
        forbid(
            ["#[ignore", "todo!(", "unimplemented!(", "dbg!("].iter().any(|left| line.contains(left)),
            "something was left behind",
        );
        forbid(
            is_core && line.contains(".build_with_context(") && !name.ends_with("/provider.rs"),
            "spans start in tracer.rs, through provider.rs",
        );
        forbid(
            is_core
                && line.contains(".resolve(")
                && !name.ends_with("/client.rs")
                && !name.ends_with("/correlation.rs"),
            "parents are chosen in correlation.rs, for client.rs",
        );
    }
}

fn sources(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> =
        ["crates", "examples", "benchmarks", "integration-tests", "xtask", "fuzz"]
            .iter()
            .map(|folder| root.join(folder))
            .collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() || folder.ends_with("target") {
            continue;
        }
        for entry in folder.read_dir()? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_fault() {
        for (name, text) in [
            ("crates/tracehop/src/a.rs", "unsafe { x() }"),
            ("crates/tracehop-kafka/src/a.rs", "let key = \"messaging.system\";"),
            ("crates/tracehop/src/a.rs", "struct KafkaThing;"),
            ("crates/tracehop-sdk/src/a.rs", "dbg!(x)"),
            ("crates/tracehop/src/span.rs", "tracer.build_with_context(builder, cx)"),
            ("crates/tracehop/src/span.rs", "policy.resolve(true, true)"),
            ("crates/tracehop/src/a.rs", &"\n".repeat(MAX_LINES + 1)),
        ] {
            let mut found = Vec::new();
            check(name, text, &mut found);
            assert_eq!(found.len(), 1, "{name}: {found:?}");
        }
    }

    #[test]
    fn comments_and_tests_are_free() {
        let mut found = Vec::new();
        check(
            "crates/tracehop/src/a.rs",
            "// Kafka\n#[cfg(test)]\nmod tests {\n dbg!(\"messaging.x\")",
            &mut found,
        );
        assert!(found.is_empty(), "{found:?}");
    }
}
