//! Compares a tree with what a test expects, line by line.

use std::fmt::Write as _;

/// Both texts, with marks at the lines that differ. `None` if the texts say the same.
pub(crate) fn difference(expected: &str, got: &str) -> Option<String> {
    let (expected, got) = (normal(expected), normal(got));
    if expected == got {
        return None;
    }
    let mut text = String::new();
    for (title, lines, others) in [("expected", &expected, &got), ("got", &got, &expected)] {
        let _ = writeln!(text, "{title}:");
        for (i, line) in lines.iter().enumerate() {
            let mark = if others.get(i) == Some(line) { ' ' } else { '!' };
            let _ = writeln!(text, "  {mark} {line}");
        }
        if lines.is_empty() {
            text.push_str("  ! (nothing)\n");
        }
    }
    Some(text)
}

/// The lines without what does not matter: common indentation, blank lines, and the widths of columns.
fn normal(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let indentation = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let common = lines.iter().map(indentation).min().unwrap_or(0);
    lines.into_iter().map(|line| columns(&line[common..])).collect()
}

fn columns(line: &str) -> String {
    // The spaces among the branches say how deep a span stands.
    let text = line.trim_start_matches([' ', '│', '├', '└']);
    let branches = &line[..line.len() - text.len()];
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    format!("{branches}{}", words.join(" "))
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

    #[test]
    fn the_lines_that_differ_are_marked_on_both_sides() {
        let text =
            difference("    a  CLIENT\n    └ b  CLIENT", "a  CLIENT\n└ c  CLIENT\n└ d  CLIENT").unwrap();
        let expected =
            "expected:\n    a CLIENT\n  ! └ b CLIENT\ngot:\n    a CLIENT\n  ! └ c CLIENT\n  ! └ d CLIENT\n";
        assert_eq!(text, expected);
    }
}
