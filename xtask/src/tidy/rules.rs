//! What may not stand in a line, and where it may.

use broker_table::Broker;

use super::tree::Tree;

/// A file that is longer holds more than one concept. Tests inside it do not count.
const MAX_LINES: usize = 400;

/// Where a rule holds.
#[derive(Clone, Copy)]
enum Scope {
    Everywhere,
    /// The sources of core.
    Core,
    /// The sources of core, of the adapters and of what reads their spans: they follow the semantic conventions.
    Conventions,
}

/// What must not stand in a line that is no comment.
struct Rule {
    /// Any of these, in lower case; the case of the line does not matter.
    texts: Vec<&'static str>,
    scope: Scope,
    /// The files that may: paths from the root, or from their `/` on.
    except: &'static [&'static str],
    message: &'static str,
}

/// This program is exempt: it spells out what it looks for.
fn rules() -> [Rule; 6] {
    [
        Rule {
            texts: vec!["unsafe "],
            scope: Scope::Everywhere,
            // The second one gives fuzzed messages the names that the first one must bear.
            except: &["crates/tracehop-kafka/src/ffi.rs", "fuzz/src/transports/raw_names.rs"],
            message: "unsafe code outside of its files",
        },
        Rule {
            texts: vec!["#[ignore", "todo!(", "unimplemented!(", "dbg!("],
            scope: Scope::Everywhere,
            except: &[],
            message: "something was left behind",
        },
        Rule {
            texts: vec!["\"messaging.", "\"tracehop.", "\"error.type\"", "\"server."],
            scope: Scope::Conventions,
            except: &["/semconv.rs"],
            message: "a key, or the name of an event, outside of semconv.rs",
        },
        Rule {
            texts: Broker::ALL
                .iter()
                .flat_map(|broker| [&[broker.name()], broker.words()].concat())
                .collect(),
            scope: Scope::Core,
            except: &[],
            message: "core names a broker",
        },
        Rule {
            texts: vec![".build_with_context("],
            scope: Scope::Core,
            // The second one is the tracer of somebody else, who starts spans of his own with it.
            except: &["/observe/any_tracer.rs", "/bridge/bridged_tracer.rs"],
            message: "spans start in observe/any_tracer.rs, for observe/spans.rs",
        },
        Rule {
            texts: vec![
                "correlation::continue",
                "correlation::link",
                "correlation::adopt",
                "existing::auto",
                "existing::keep",
                "existing::replace",
                "spankind::",
            ],
            scope: Scope::Core,
            except: &["/operation/decide.rs", "/operation/decide/tests.rs"],
            message: "parents, links, kinds of spans and the fate of headers are decided in operation/decide.rs",
        },
    ]
}

impl Scope {
    fn holds_in(self, path: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Core => path.starts_with("crates/tracehop/src/"),
            Self::Conventions => {
                Self::Core.holds_in(path)
                    || path.starts_with("crates/tracehop-sdk/src/")
                    || path.starts_with("crates/tracehop-testing/src/")
                    || is_of_an_adapter(path)
            }
        }
    }
}

/// Whether a file is a source of the crate `tracehop-` and a broker's name.
fn is_of_an_adapter(path: &str) -> bool {
    let name = path.strip_prefix("crates/tracehop-").and_then(|path| path.split_once("/src/"));
    name.is_some_and(|(name, _)| name.parse::<Broker>().is_ok())
}

impl Rule {
    fn holds_in(&self, path: &str) -> bool {
        let is_exempt = |file: &str| if file.starts_with('/') { path.ends_with(file) } else { path == file };
        self.scope.holds_in(path) && !self.except.iter().any(|file| is_exempt(file))
    }
}

/// Describes every line that breaks a rule, and every file that is too long.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let all = rules();
    for (path, text) in tree.files() {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
        if path.contains("/src/") && code.lines().count() > MAX_LINES {
            found.push(format!("{path}: longer than {MAX_LINES} lines without its tests"));
        }
        if path.starts_with("xtask/") {
            continue;
        }
        let rules: Vec<&Rule> = all.iter().filter(|rule| rule.holds_in(path)).collect();
        for (number, line) in code.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            let line = line.to_lowercase();
            let broken = rules.iter().filter(|rule| rule.texts.iter().any(|text| line.contains(text)));
            found.extend(broken.map(|rule| format!("{path}:{}: {}", number + 1, rule.message)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_fault() {
        for (path, text) in [
            ("crates/tracehop/src/a.rs", "unsafe { x() }"),
            ("crates/tracehop-kafka/src/a.rs", "let key = \"messaging.system\";"),
            ("crates/tracehop-sdk/src/a.rs", "if key == \"error.type\" {"),
            ("crates/tracehop/src/a.rs", "struct KafkaThing;"),
            ("crates/tracehop-sdk/src/a.rs", "dbg!(x)"),
            ("crates/tracehop/src/span.rs", "tracer.build_with_context(builder, cx)"),
            ("crates/tracehop/src/span.rs", "if policy.correlation == Correlation::Link {"),
            ("crates/tracehop/src/a.rs", &"\n".repeat(MAX_LINES + 1)),
        ] {
            let found = check(&Tree::from([(path, text)]));
            assert_eq!(found.len(), 1, "{path}: {found:?}");
        }
    }

    #[test]
    fn comments_tests_and_the_files_of_a_rule_are_free() {
        for (path, text) in [
            ("crates/tracehop/src/a.rs", "// Kafka\n#[cfg(test)]\nmod tests {\n dbg!(\"messaging.x\")"),
            ("crates/tracehop/src/semconv.rs", "\"messaging.system\""),
            ("crates/tracehop-kafka/src/ffi.rs", "unsafe { x() }"),
            ("xtask/src/a.rs", "dbg!(x)"),
        ] {
            let found = check(&Tree::from([(path, text)]));
            assert!(found.is_empty(), "{path}: {found:?}");
        }
    }
}
