//! Allocations by operation, counted in a process of their own.
//!
//! Counting costs some nanoseconds for each allocation: it would make those look slow who allocate much. So the same
//! measurements run a second time, in a program whose allocator counts, and that program says what it counted in lines of
//! `name TAB side TAB number`.

use std::collections::HashMap;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::case::Case;
use crate::sides::{Side, Sides};

/// Lists have grown and names are known after so many.
const WARM_UP: u64 = 128;
const TIMES: u64 = 1_024;
/// The same for what takes milliseconds each time.
const WARM_UP_HEAVY: u64 = 1;
const TIMES_HEAVY: u64 = 4;

/// What the counting program counted.
#[derive(Debug, Default)]
pub(crate) struct Counts(HashMap<(String, String), f64>);

impl Counts {
    pub(crate) fn take(program: &str) -> anyhow::Result<Self> {
        Self::read(Command::new(program))
    }

    /// Everything once, to see that it works.
    pub(crate) fn take_once(program: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.arg(ONCE);
        Self::read(command)
    }

    fn read(mut command: Command) -> anyhow::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let output =
            command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {program}"))?;
        if !output.status.success() {
            bail!("{program} ended with {}", output.status);
        }
        Self::parse(&String::from_utf8(output.stdout)?)
    }

    fn parse(lines: &str) -> anyhow::Result<Self> {
        let parse = |line: &str| {
            let mut fields = line.splitn(3, '\t').map(str::to_owned);
            let (Some(name), Some(side), Some(count)) = (fields.next(), fields.next(), fields.next()) else {
                bail!("not a count: {line}")
            };
            Ok(((name, side), count.parse()?))
        };
        Ok(Self(lines.lines().map(parse).collect::<anyhow::Result<_>>()?))
    }

    pub(crate) fn of(&self, name: &str) -> Sides {
        Sides::collect(|side| self.0.get(&(name.to_owned(), format!("{side:?}"))).copied())
    }
}

/// The counting program does everything once.
const ONCE: &str = "--test";

/// Counts everything. `read` is the allocator's count so far.
pub(crate) fn count(cases: Vec<Case>, read: impl Fn() -> usize) {
    let is_once = std::env::args().any(|argument| argument == ONCE);
    for mut case in cases {
        let (warm_up, times) = match (is_once, case.is_heavy) {
            (true, _) => (0, 1),
            (false, true) => (WARM_UP_HEAVY, TIMES_HEAVY),
            (false, false) => (WARM_UP, TIMES),
        };
        for side in Side::ALL.into_iter().filter(|side| case.has(*side)).collect::<Vec<_>>() {
            case.run(side, warm_up);
            let before = read();
            case.run(side, times);
            let count = read() - before;
            // Making `cx` active may grow a stack once; that is no operation's.
            println!("{}\t{side:?}\t{}", case.name, count as f64 / times as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        let counts = Counts::parse("send, sampled\tOurs\t3\nsend, sampled\tFloor\t0.25\n").unwrap();
        let expected = Sides { floor: Some(0.25), by_hand: None, ours: Some(3.0) };
        assert_eq!(counts.of("send, sampled"), expected);
        assert_eq!(counts.of("unknown"), Sides::default());
        assert!(Counts::parse("nonsense").is_err());
    }
}
