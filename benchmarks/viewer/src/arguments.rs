//! What is asked for.

use std::time::Duration;

use anyhow::{Context, bail, ensure};

/// The parts that can be measured alone.
const PARTS: [&str; 4] = ["intake", "steady", "memory", "opening"];

/// `view-load [--quick] [--only PART]`
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// A tenth of the time and of the spans.
    quick: bool,
    only: Option<String>,
}

impl Arguments {
    /// Reads the arguments of the program, without its name.
    ///
    /// # Errors
    ///
    /// An option is not known, or lacks its value.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut parsed = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => parsed.quick = true,
                "--only" => {
                    let part = arguments.next().context("--only lacks its part")?;
                    ensure!(
                        PARTS.contains(&part.as_str()),
                        "there is no part {part:?}: {}",
                        PARTS.join(", ")
                    );
                    parsed.only = Some(part);
                }
                other => bail!("{other:?} is not understood; there are: --quick, --only PART"),
            }
        }
        Ok(parsed)
    }

    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }

    /// A number of spans, journeys and the like.
    pub(crate) fn many(&self, whole: u64) -> u64 {
        if self.quick { whole / 10 } else { whole }
    }

    /// How long to send.
    pub(crate) fn time(&self, whole: Duration) -> Duration {
        if self.quick { whole / 10 } else { whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (line, expected) in [
            ("--only", "--only lacks its part"),
            ("--only speed", "there is no part \"speed\": intake, steady, memory, opening"),
            ("--fast", "\"--fast\" is not understood; there are: --quick, --only PART"),
        ] {
            assert_eq!(parse(line).unwrap_err(), expected);
        }
    }

    #[test]
    fn options_narrow() {
        let all = parse("").unwrap();
        assert!(all.wants("intake") && all.wants("opening"));
        assert_eq!((all.many(1_000), all.time(Duration::from_secs(60))), (1_000, Duration::from_secs(60)));
        let quick = parse("--quick --only memory").unwrap();
        assert!(quick.wants("memory") && !quick.wants("intake"));
        assert_eq!((quick.many(1_000), quick.time(Duration::from_secs(60))), (100, Duration::from_secs(6)));
    }
}
