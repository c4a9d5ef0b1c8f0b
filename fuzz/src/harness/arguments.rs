//! What the harness is asked for.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

use crate::targets::{ALL, Target};

/// Any number would do.
const SEED: u64 = 1;

/// What the harness is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The time for all targets together.
    pub(super) seconds: u64,
    pub(super) seed: u64,
    /// The name of the one target to run.
    pub(super) target: Option<String>,
    /// The one input to run.
    pub(super) input: Option<PathBuf>,
    /// Only write what the one target starts from, a file each, into this folder.
    pub(super) seeds: Option<PathBuf>,
    /// Only tell the names of the targets.
    pub(super) list: bool,
}

impl Arguments {
    /// Reads `--seconds N`, `--seed N`, `--target NAME`, `--input FILE`, `--seeds FOLDER` and `--list`.
    ///
    /// # Errors
    ///
    /// Something else is among them, or a value is missing or wrong.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut parsed = Self { seconds: 60, seed: SEED, ..Self::default() };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} lacks its value"));
            match argument.as_str() {
                "--seconds" => parsed.seconds = value()?.parse().context("--seconds takes a number")?,
                "--seed" => parsed.seed = value()?.parse().context("--seed takes a number")?,
                "--target" => parsed.target = Some(value()?),
                "--input" => parsed.input = Some(value()?.into()),
                "--seeds" => parsed.seeds = Some(value()?.into()),
                "--list" => parsed.list = true,
                other => bail!("{other:?} is not understood"),
            }
        }
        let is_of_one = parsed.input.is_some() || parsed.seeds.is_some();
        ensure!(!is_of_one || parsed.target.is_some(), "--input and --seeds need --target");
        ensure!(!parsed.targets().is_empty(), "there is no target {:?}", parsed.target.unwrap_or_default());
        Ok(parsed)
    }

    /// The targets that are asked for.
    pub(super) fn targets(&self) -> Vec<Target> {
        let wanted = |target: &Target| self.target.as_deref().is_none_or(|name| name == target.name);
        ALL.into_iter().filter(wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> anyhow::Result<Arguments> {
        Arguments::parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn without_arguments_all_targets_run_for_a_minute() {
        let arguments = parse(&[]).unwrap();
        assert_eq!((arguments.seconds, arguments.seed, arguments.targets().len()), (60, SEED, ALL.len()));
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (arguments, expected) in [
            (&["--seconds"][..], "--seconds lacks its value"),
            (&["--seconds", "x"], "--seconds takes a number"),
            (&["--target", "x"], "there is no target \"x\""),
            (&["--input", "x"], "--input and --seeds need --target"),
            (&["x"], "\"x\" is not understood"),
        ] {
            assert_eq!(parse(arguments).unwrap_err().to_string(), expected);
        }
    }
}
