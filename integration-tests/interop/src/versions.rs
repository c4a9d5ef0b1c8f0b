//! The versions of everything that is tried.

use broker_table::{Broker, set};

use crate::language::Language;
use crate::library::Library;

const LOCK: &str = include_str!("../../../Cargo.lock");

/// A line for each: what, and its versions.
pub(crate) async fn versions() -> Vec<[String; 2]> {
    let mut lines = Vec::new();
    let ours = ["tracehop", "rdkafka", "lapin", "async-nats"].map(|name| format!("{name} {}", locked(name)));
    lines.push(["This side".to_owned(), ours.join(", ")]);
    let brokers = Broker::ALL.iter().map(|broker| {
        format!("{broker} {}", set(&broker.version_variable()).unwrap_or_else(|| "unknown".to_owned()))
    });
    lines.push(["Brokers".to_owned(), brokers.collect::<Vec<_>>().join(", ")]);
    for language in Language::ALL {
        let mut packages = Vec::new();
        for library in Library::ALL.into_iter().filter(|library| library.language() == language) {
            for package in [library.client().to_owned(), library.instrumentation()] {
                let version = language.package(&package).unwrap_or("unknown");
                let package = format!("{package} {version}");
                if !packages.contains(&package) {
                    packages.push(package);
                }
            }
        }
        let version = language.version().await.unwrap_or_else(|_| "not installed".to_owned());
        lines.push([format!("{} {version}", language.name()), packages.join(", ")]);
    }
    lines
}

/// The version of a crate.
fn locked(name: &str) -> &'static str {
    let found = LOCK.split_once(&format!("name = \"{name}\"\nversion = \""));
    found.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_versions_are_known() {
        for name in ["tracehop", "rdkafka", "lapin", "async-nats"] {
            assert!(locked(name).starts_with(|first: char| first.is_ascii_digit()), "{name}");
        }
        assert_eq!(locked("no-such-crate"), "unknown");
    }
}
