//! Compares a tree with what a test expects, line by line.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::printable::{indented, shortened};

/// Trees that are longer are compared roughly.
const LONGEST_COMPARISON: Duration = Duration::from_secs(2);

/// Equal lines that are shown on each side of a change.
const SURROUNDINGS: usize = 3;

/// What differs: the two texts as one, with a `-` before what was expected and a `+` before what was recorded; then the
/// spans that only one of them has. `None` if the texts say the same.
pub(crate) fn difference(expected: &str, got: &str) -> Option<String> {
    let (expected, got) = (normal(expected), normal(got));
    if expected == got {
        return None;
    }
    let mut text = "- expected, + recorded:\n".to_owned();
    text += &shortened(&marked(&expected, &got));
    let missing = without(&expected, &got);
    let surplus = without(&got, &expected);
    if missing.is_empty() && surplus.is_empty() {
        text.push_str(
            "the spans are those that were expected; what differs is where they stand, or their details\n",
        );
    }
    for (title, spans) in [("expected, but not recorded", missing), ("recorded, but not asked for", surplus)]
    {
        if !spans.is_empty() {
            let _ = write!(text, "{title}:\n{}", indented(spans));
        }
    }
    Some(text)
}

fn marked(expected: &[String], got: &[String]) -> String {
    let (expected, got): (Vec<&str>, Vec<&str>) =
        (expected.iter().map(String::as_str).collect(), got.iter().map(String::as_str).collect());
    let diff = TextDiff::configure().timeout(LONGEST_COMPARISON).diff_slices(&expected, &got);
    let mut text = String::new();
    let mut next = 0;
    for group in diff.grouped_ops(SURROUNDINGS) {
        let first = group.first().map_or(0, |op| op.old_range().start);
        if first > next {
            let _ = writeln!(text, "    … {} equal lines", first - next);
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let mark = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            let _ = writeln!(text, "  {mark} {}", change.value());
        }
        next = group.last().map_or(0, |op| op.old_range().end);
    }
    if next < expected.len() {
        let _ = writeln!(text, "    … {} equal lines", expected.len() - next);
    }
    if got.is_empty() {
        text.push_str("  + (nothing)\n");
    }
    text
}

/// The spans of `lines` that `others` has not, or not as often. Where they stand does not matter.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    let mut left: HashMap<String, usize> = HashMap::new();
    for span in others.iter().filter_map(|line| span(line)) {
        *left.entry(span).or_default() += 1;
    }
    let is_surplus = |span: &String| match left.get_mut(span) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    lines.iter().filter_map(|line| span(line)).filter(is_surplus).collect()
}

/// Name and kind of the span of a line, without branches, numbers and links.
fn span(line: &str) -> Option<String> {
    let (_, text) = split(line);
    let mut words = text.split(' ');
    let mut span: Vec<&str> = Vec::new();
    for word in words.by_ref() {
        span.push(word);
        if ["CLIENT", "SERVER", "PRODUCER", "CONSUMER", "INTERNAL"].contains(&word) {
            return Some(span.join(" "));
        }
    }
    None
}

/// The lines without what does not matter: common indentation, blank lines, and the widths of columns.
fn normal(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let indentation = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let common = lines.iter().map(indentation).min().unwrap_or(0);
    lines.into_iter().map(|line| columns(&line[common..])).collect()
}

fn columns(line: &str) -> String {
    let (branches, text) = split(line);
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    format!("{branches}{}", words.join(" "))
}

/// The branches, and what stands behind them. The spaces among the branches say how deep a span stands.
fn split(line: &str) -> (&str, &str) {
    let text = line.trim_start_matches([' ', '│', '├', '└']);
    line.split_at(line.len() - text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_blank_lines_and_widths_do_not_matter() {
        let expected = "\n\n        a      PRODUCER  #1\n        └ b    CONSUMER   links: #1\n\n        c CLIENT   \n    ";
        let got = "a  PRODUCER  #1\n└ b  CONSUMER  links: #1\nc  CLIENT\n";
        assert_eq!(difference(expected, got), None);
    }

    #[test]
    fn the_depth_of_a_span_matters() {
        assert!(difference("a\n├ b\n│ └ c\n└ d", "a\n├ b\n│   └ c\n└ d").is_some());
        assert!(difference("a\n  └ b", "a\n└ b").is_some());
    }

    #[track_caller]
    fn check(expected: &str, got: &str, lines: &[&str]) {
        let text = difference(expected, got).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn what_was_expected_and_what_was_recorded_are_one_text_and_the_difference_is_named() {
        check(
            "    a  CLIENT\n    └ b  CLIENT",
            "a  CLIENT\n├ c  CLIENT\n└ d  CLIENT",
            &[
                "- expected, + recorded:",
                "    a CLIENT",
                "  - └ b CLIENT",
                "  + ├ c CLIENT",
                "  + └ d CLIENT",
                "expected, but not recorded:",
                "    b CLIENT",
                "recorded, but not asked for:",
                "    c CLIENT",
                "    d CLIENT",
            ],
        );
    }

    #[test]
    fn spans_that_only_stand_elsewhere_are_not_called_missing() {
        check(
            "a CLIENT #1\n└ b CLIENT links: #1",
            "a CLIENT\nb CLIENT",
            &[
                "- expected, + recorded:",
                "  - a CLIENT #1",
                "  - └ b CLIENT links: #1",
                "  + a CLIENT",
                "  + b CLIENT",
                "the spans are those that were expected; what differs is where they stand, or their details",
            ],
        );
    }

    #[test]
    fn a_second_span_of_a_name_is_one_that_was_not_asked_for() {
        check(
            "a CLIENT",
            "a CLIENT\na CLIENT",
            &[
                "- expected, + recorded:",
                "    a CLIENT",
                "  + a CLIENT",
                "recorded, but not asked for:",
                "    a CLIENT",
            ],
        );
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        check(
            "a CLIENT",
            "",
            &[
                "- expected, + recorded:",
                "  - a CLIENT",
                "  + (nothing)",
                "expected, but not recorded:",
                "    a CLIENT",
            ],
        );
    }

    #[test]
    fn equal_lines_far_from_a_change_are_counted() {
        let lines = |last: &str| {
            let all = (0..20).map(|i| format!("a{i:02} CLIENT")).chain([format!("{last} CLIENT")]);
            all.collect::<Vec<_>>().join("\n")
        };
        check(
            &lines("b"),
            &lines("c"),
            &[
                "- expected, + recorded:",
                "    … 17 equal lines",
                "    a17 CLIENT",
                "    a18 CLIENT",
                "    a19 CLIENT",
                "  - b CLIENT",
                "  + c CLIENT",
                "expected, but not recorded:",
                "    b CLIENT",
                "recorded, but not asked for:",
                "    c CLIENT",
            ],
        );
    }

    #[test]
    fn a_hundred_thousand_lines_are_compared_in_time_and_told_in_short() {
        let many =
            |name: &str| (0..100_000).map(|i| format!("{name}{i} CLIENT")).collect::<Vec<_>>().join("\n");
        let text = difference(&many("a"), &many("b")).unwrap();
        assert!(text.lines().count() < 1000, "{}", text.lines().count());
        assert!(text.contains("… and "), "{text}");
    }
}
