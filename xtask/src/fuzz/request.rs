//! What `cargo xtask fuzz` is asked for.

use anyhow::{Context, bail, ensure};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The time for all targets together.
    pub(super) seconds: u64,
    pub(super) seed: u64,
    /// The name of the one target to run.
    pub(super) target: Option<String>,
    /// A file with the one input to run.
    pub(super) input: Option<String>,
    /// Without libFuzzer, also where there is a nightly compiler.
    pub(super) stable: bool,
}

impl Request {
    pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut request = Self { seconds: 60, seed: 1, target: None, input: None, stable: false };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} lacks its value"));
            match argument.as_str() {
                "--seconds" => request.seconds = value()?.parse().context("--seconds takes a number")?,
                "--seed" => request.seed = value()?.parse().context("--seed takes a number")?,
                "--target" => request.target = Some(value()?),
                "--input" => request.input = Some(value()?),
                "--stable" => request.stable = true,
                other => bail!(
                    "{other:?} is not understood; there are: --seconds, --target, --input, --seed, --stable"
                ),
            }
        }
        ensure!(request.input.is_none() || request.target.is_some(), "--input needs --target");
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> anyhow::Result<Request> {
        Request::parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn options_are_read() {
        let request = parse(&["--seconds", "5", "--target", "text_form", "--seed", "7", "--stable"]).unwrap();
        let expected =
            Request { seconds: 5, seed: 7, target: Some("text_form".into()), input: None, stable: true };
        assert_eq!(request, expected);
        assert_eq!(parse(&[]).unwrap().seconds, 60);
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (arguments, expected) in [
            (&["--seconds"][..], "--seconds lacks its value"),
            (&["--seconds", "x"], "--seconds takes a number"),
            (&["--input", "x"], "--input needs --target"),
            (
                &["--nightly"],
                "\"--nightly\" is not understood; there are: --seconds, --target, --input, --seed, --stable",
            ),
        ] {
            assert_eq!(parse(arguments).unwrap_err().to_string(), expected);
        }
    }
}
