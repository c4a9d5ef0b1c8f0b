//! What the command line asks for.

use anyhow::Context;

use crate::sides::Side;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Everything once.
    Quick,
    /// The table.
    Full(Filter),
    /// The table without times and without a broker: what is the same on every machine.
    Instructions(Filter),
    /// One side of one case, so often: valgrind looks on.
    One { case: usize, side: Side, times: u64 },
    /// A broker, until standard input ends.
    Broker,
}

/// How this program starts itself as a broker.
pub(crate) const BROKER: &str = "--broker";

/// Only what has this in its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(pub(crate) Option<String>);

impl Filter {
    pub(crate) fn allows(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|part| name.contains(part.as_str()))
    }
}

impl Command {
    pub(crate) fn from_env() -> anyhow::Result<Self> {
        Self::parse(&std::env::args().skip(1).collect::<Vec<_>>())
    }

    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        if let [one, case, side, times] = arguments
            && one == "--one"
        {
            let side = Side::ALL.get(side.parse::<usize>()?).context("there are three sides")?;
            return Ok(Self::One { case: case.parse()?, side: *side, times: times.parse()? });
        }
        if has(BROKER) {
            return Ok(Self::Broker);
        }
        // `cargo bench` says `--bench`; `cargo test --benches` says nothing, or `--test`.
        if has("--quick") || has("--test") || !has("--bench") {
            return Ok(Self::Quick);
        }
        let filter = Filter(arguments.iter().find(|argument| !argument.starts_with("--")).cloned());
        Ok(if has("--instructions") { Self::Instructions(filter) } else { Self::Full(filter) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> anyhow::Result<Command> {
        Command::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn only_cargo_bench_takes_the_time() {
        let inject = || Filter(Some("inject".to_owned()));
        for (line, expected) in [
            ("--bench", Command::Full(Filter(None))),
            ("inject --bench", Command::Full(inject())),
            ("--instructions inject --bench", Command::Instructions(inject())),
            ("--quick --bench", Command::Quick),
            ("--test", Command::Quick),
            ("", Command::Quick),
            ("--broker", Command::Broker),
            ("--one 3 2 100", Command::One { case: 3, side: Side::Ours, times: 100 }),
        ] {
            assert_eq!(parse(line).unwrap(), expected, "{line}");
        }
        assert!(parse("--one 3 9 1").is_err());
    }

    #[test]
    fn a_filter_is_a_part_of_a_name() {
        assert!(Filter(None).allows("inject"));
        assert!(Filter(Some("ject".to_owned())).allows("inject"));
        assert!(!Filter(Some("send".to_owned())).allows("inject"));
    }
}
