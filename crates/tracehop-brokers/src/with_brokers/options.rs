//! What `with-brokers` is asked to do.

use std::ffi::{OsStr, OsString};
use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use tracehop_brokers::{Broker, Source};

/// How it is called.
pub(crate) const USAGE: &str = "with-brokers [--source docker|native|given] [--only BROKER] [--] COMMAND...";

/// `with-brokers [--source SOURCE] [--only BROKER] COMMAND...`
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The one source to take brokers from; all of them in their order by default.
    pub(crate) source: Option<Source>,
    /// The one broker to provide; all of them by default.
    pub(crate) only: Option<Broker>,
    /// The program to run, and its arguments.
    pub(crate) command: Vec<OsString>,
}

impl Options {
    /// Reads the arguments of the program, without its name.
    ///
    /// # Errors
    ///
    /// An option is not known, or lacks its value, or no command follows.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> anyhow::Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            // The command's own options are its own.
            match argument.to_str() {
                Some("--source") => options.source = Some(value("--source", arguments.next().as_deref())?),
                Some("--only") => options.only = Some(value("--only", arguments.next().as_deref())?),
                Some("--") => {
                    options.command.extend(arguments);
                    break;
                }
                Some(option) if option.starts_with("--") => bail!("there is no option {option}"),
                _ => {
                    options.command.push(argument);
                    options.command.extend(arguments);
                    break;
                }
            }
        }
        ensure!(!options.command.is_empty(), "say which command to run: {USAGE}");
        Ok(options)
    }
}

fn value<T>(option: &str, value: Option<&OsStr>) -> anyhow::Result<T>
where
    T: FromStr,
    Result<T, T::Err>: Context<T, T::Err>,
{
    let value = value.with_context(|| format!("{option} lacks its value"))?;
    value.to_string_lossy().parse().with_context(|| format!("{option} cannot be understood"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> anyhow::Result<Options> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn options_end_where_the_command_begins() {
        let options = parse(&["--only", "nats", "--source", "docker", "cargo", "--source", "x"]).unwrap();
        assert_eq!(options.only, Some(Broker::Nats));
        assert_eq!(options.source, Some(Source::Docker));
        assert_eq!(options.command, ["cargo", "--source", "x"]);
        assert_eq!(parse(&["--only", "nats", "--", "--odd"]).unwrap().command, ["--odd"]);
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (arguments, expected) in [
            (&[][..], "say which command to run"),
            (&["--only", "nats"], "say which command to run"),
            (&["--"], "say which command to run"),
            (&["--only"], "--only lacks its value"),
            (&["--only", "nobody", "true"], "there is no broker \"nobody\""),
            (&["--source", "podman", "true"], "there is no source \"podman\""),
            (&["--sources", "docker", "true"], "there is no option --sources"),
        ] {
            let error = format!("{:#}", parse(arguments).unwrap_err());
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
    }
}
