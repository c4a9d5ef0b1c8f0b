//! What a task is asked for: `cargo xtask test --only nats --source docker --suite conformance`.

use anyhow::{Context, bail, ensure};
use broker_table::Broker;

/// Where brokers may come from, in the words of `with-brokers`.
const SOURCES: [&str; 3] = ["given", "docker", "native"];

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The one source to take brokers from.
    pub(crate) source: Option<String>,
    /// The one broker to test with.
    pub(crate) only: Option<Broker>,
    /// Suites whose name does not contain this are not run.
    pub(crate) suite: Option<String>,
    /// Make images that are there already.
    pub(crate) rebuild: bool,
    /// This program runs inside `with-brokers`, where the brokers' addresses are in the environment.
    pub(crate) inside: bool,
}

impl Options {
    /// Reads the arguments after the task's name. `known` are those that the task understands.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>, known: &[&str]) -> anyhow::Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            ensure!(
                known.contains(&argument.as_str()),
                "{argument:?} is not understood; there are: {}",
                known.join(", ")
            );
            let mut value = || arguments.next().with_context(|| format!("{argument} lacks its value"));
            match argument.as_str() {
                "--source" => {
                    let source = value()?;
                    ensure!(
                        SOURCES.contains(&source.as_str()),
                        "there is no source {source:?}: {}",
                        SOURCES.join(", ")
                    );
                    options.source = Some(source);
                }
                "--only" => options.only = Some(value()?.parse()?),
                "--suite" => options.suite = Some(value()?),
                "--rebuild" => options.rebuild = true,
                "--inside" => options.inside = true,
                other => bail!("{other} is known and has no meaning"),
            }
        }
        Ok(options)
    }

    /// Whether `broker` is to be tested with.
    pub(crate) fn wants(&self, broker: Broker) -> bool {
        self.only.is_none_or(|only| only == broker)
    }

    /// Whether `broker`, which is not given, may come from `source`.
    pub(crate) fn may_use(&self, source: &str) -> bool {
        self.source.as_deref().is_none_or(|only| only == source)
    }

    /// Whether the suite of this name is to be run.
    pub(crate) fn selects(&self, suite: &str) -> bool {
        self.suite.as_deref().is_none_or(|part| suite.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["--source", "--only", "--suite"];

    fn parse(arguments: &[&str]) -> anyhow::Result<Options> {
        Options::parse(arguments.iter().map(ToString::to_string), &KNOWN)
    }

    #[test]
    fn without_options_everything_is_wanted() {
        let options = parse(&[]).unwrap();
        assert!(
            options.wants(Broker::Kafka) && options.may_use("docker") && options.selects("tracehop (unit)")
        );
    }

    #[test]
    fn options_narrow() {
        let options = parse(&["--only", "nats", "--source", "native", "--suite", "conformance"]).unwrap();
        assert!(options.wants(Broker::Nats) && !options.wants(Broker::Kafka));
        assert!(options.may_use("native") && !options.may_use("docker"));
        assert!(options.selects("integration-tests conformance") && !options.selects("tracehop (unit)"));
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        let unknown = format!("there is no broker \"nobody\": {}", Broker::names());
        for (arguments, expected) in [
            (&["--only"][..], "--only lacks its value"),
            (&["--only", "nobody"], unknown.as_str()),
            (&["--source", "podman"], "there is no source \"podman\": given, docker, native"),
            (&["--inside"], "\"--inside\" is not understood; there are: --source, --only, --suite"),
            (&["nats"], "\"nats\" is not understood; there are: --source, --only, --suite"),
        ] {
            assert_eq!(parse(arguments).unwrap_err().to_string(), expected);
        }
    }
}
