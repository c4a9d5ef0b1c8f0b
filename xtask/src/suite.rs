//! One test program, and what it says of itself.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::Context;

/// How many tests ended which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) ignored: u32,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }

    /// Reads a line such as `test result: ok. 3 passed; 0 failed; 0 ignored; ...`.
    fn read(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |what: &str| {
            let part = counts.split(';').map(str::trim).find(|part| part.ends_with(what))?;
            part.split(' ').next()?.parse().ok()
        };
        Some(Self { passed: count("passed")?, failed: count("failed")?, ignored: count("ignored")? })
    }
}

/// Runs a test program, showing what it prints, and counts. A program that fails without saying how counts as one
/// failure. Each line is also given to `watch`.
pub(crate) fn run(command: &mut Command, watch: &mut dyn FnMut(&str)) -> anyhow::Result<Counts> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start a test program")?;
    let mut counts = Counts::default();
    for line in child.stdout.take().into_iter().flat_map(|output| BufReader::new(output).lines()) {
        let line = line?;
        println!("{line}");
        watch(&line);
        counts.add(Counts::read(&line).unwrap_or_default());
    }
    if !child.wait()?.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_a_test_program_is_understood() {
        for (line, expected) in [
            (
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                Some((3, 0, 1)),
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                Some((3, 2, 0)),
            ),
            ("test tests::it_works ... ok", None),
        ] {
            let expected = expected.map(|(passed, failed, ignored)| Counts { passed, failed, ignored });
            assert_eq!(Counts::read(line), expected, "{line}");
        }
    }
}
