//! What the command line asks for.

use std::path::PathBuf;

use anyhow::Context;

use crate::clients::{Task, WORKER};
use crate::scale::{SCALE, Stretch};
use crate::sides::Side;
use crate::tail::{Load, TAIL};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Everything once, to see that it works.
    Once,
    /// The tables.
    Full(Request),
    /// The table without times and without clients: what is the same on every machine.
    Instructions(Filter),
    /// One side of one case, so often: valgrind looks on.
    One { case: usize, side: Side, times: u64 },
    /// A child with a real client.
    Worker(Task),
    /// A child that sends at a steady pace.
    Tail(Load),
    /// A child with many messages.
    Scale(Stretch),
}

/// What is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) filter: Filter,
    /// In three minutes and not in twenty.
    pub(crate) is_quick: bool,
    /// The same work in other languages too.
    pub(crate) with_peers: bool,
    /// The folder that results are written to.
    pub(crate) into: Option<PathBuf>,
}

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
        match arguments {
            [first, rest @ ..] if first == WORKER => return Ok(Self::Worker(Task::parse(rest)?)),
            [first, rest @ ..] if first == TAIL => return Ok(Self::Tail(Load::parse(rest)?)),
            [first, rest @ ..] if first == SCALE => return Ok(Self::Scale(Stretch::parse(rest)?)),
            [one, case, side, times] if one == "--one" => {
                let side = Side::ALL.get(side.parse::<usize>()?).context("there are three sides")?;
                return Ok(Self::One { case: case.parse()?, side: *side, times: times.parse()? });
            }
            _ => {}
        }
        let mut request = Request::default();
        let (mut is_bench, mut is_test, mut is_exact) = (false, false, false);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                // `cargo bench` says `--bench`; `cargo test --benches` says nothing, or `--test`.
                "--bench" => is_bench = true,
                "--test" => is_test = true,
                "--instructions" => is_exact = true,
                "--quick" => request.is_quick = true,
                "--peers" => request.with_peers = true,
                "--into" => request.into = Some(rest.next().context("--into lacks its folder")?.into()),
                "--only" => {
                    request.filter = Filter(Some(rest.next().context("--only lacks its text")?.clone()));
                }
                text if !text.starts_with("--") => request.filter = Filter(Some(text.to_owned())),
                // Those of libtest, which cargo passes on.
                _ => {}
            }
        }
        Ok(if is_test || !is_bench {
            Self::Once
        } else if is_exact {
            Self::Instructions(request.filter)
        } else {
            Self::Full(request)
        })
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
        let filter = Filter(Some("inject".to_owned()));
        let request = |filter: &Filter| Request { filter: filter.clone(), ..Request::default() };
        let everything =
            Request { is_quick: true, with_peers: true, into: Some("x".into()), ..Request::default() };
        for (line, expected) in [
            ("--bench", Command::Full(Request::default())),
            ("inject --bench", Command::Full(request(&filter))),
            ("--only inject --bench", Command::Full(request(&filter))),
            ("--quick --peers --into x --bench", Command::Full(everything)),
            ("--instructions inject --bench", Command::Instructions(filter.clone())),
            ("--test", Command::Once),
            ("", Command::Once),
            ("--one 3 2 100", Command::One { case: 3, side: Side::Ours, times: 100 }),
        ] {
            assert_eq!(parse(line).unwrap(), expected, "{line}");
        }
        assert!(parse("--one 3 9 1").is_err());
        assert!(parse("--only").is_err());
        assert!(parse("--worker nobody").is_err());
    }

    #[test]
    fn a_filter_is_a_part_of_a_name() {
        assert!(Filter(None).allows("inject"));
        assert!(Filter(Some("ject".to_owned())).allows("inject"));
        assert!(!Filter(Some("send".to_owned())).allows("inject"));
    }
}
