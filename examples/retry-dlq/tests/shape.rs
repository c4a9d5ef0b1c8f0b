//! What of a waterfall is the same in every run.

use tracehop_sdk::Journey;

/// The lines of a waterfall without their times, their bars and the marks of the critical path: the tree, and the service.
pub(super) fn of(journey: &Journey, suffix: &str) -> String {
    let waterfall = journey.waterfall().to_string();
    let mut lines = waterfall.lines().skip(2);
    let titles = lines.next().unwrap();
    let service = titles.split("service").next().unwrap().chars().count();
    let mut shape = String::new();
    for line in lines.take_while(|line| !line.ends_with("✗ error")) {
        let name: String = line.chars().skip(2).take(service - 2).collect();
        let rest: String = line.chars().skip(service).collect();
        let line = match line.split_once("✓ ") {
            // A line about the span above it, which has no columns.
            Some((before, what)) => format!("{}✓ {what}", before.chars().skip(2).collect::<String>()),
            None => format!("{} · {}", name.trim_end(), rest.split_whitespace().next().unwrap()),
        };
        shape.push_str(&line.replace(suffix, ""));
        shape.push('\n');
    }
    trimmed(&shape)
}

/// Without the indentation that the lines have in common, and without empty lines at both ends.
pub(super) fn trimmed(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let margin = lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    lines().map(|line| line[margin..].trim_end()).collect::<Vec<_>>().join("\n")
}
