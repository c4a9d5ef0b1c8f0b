//! What is asked for.

use anyhow::{Context, bail, ensure};

/// `interop [--only TEXT] [--write]`
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Rows whose name does not contain this are left out.
    pub(crate) only: Option<String>,
    /// The table is written into the README.
    pub(crate) write: bool,
}

impl Arguments {
    /// Reads the arguments of the program, without its name.
    ///
    /// # Errors
    ///
    /// An option is not known, lacks its value, or cannot stand beside another one.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut parsed = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--only" => parsed.only = Some(arguments.next().context("--only lacks its text")?),
                "--write" => parsed.write = true,
                other => bail!("{other:?} is not understood; there are: --only TEXT, --write"),
            }
        }
        ensure!(!parsed.write || parsed.only.is_none(), "--write writes the whole table: leave out --only");
        Ok(parsed)
    }

    /// Whether a row of this name is asked for.
    pub(crate) fn selects(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|text| name.to_lowercase().contains(&text.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Row;
    use crate::rows::rows;

    fn parse(line: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(line.iter().map(ToString::to_string)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (line, expected) in [
            (&["--only"][..], "--only lacks its text"),
            (&["--fast"], "\"--fast\" is not understood; there are: --only TEXT, --write"),
            (&["--write", "--only", "pika"], "--write writes the whole table: leave out --only"),
        ] {
            assert_eq!(parse(line).unwrap_err(), expected);
        }
    }

    #[test]
    fn rows_are_picked_by_a_part_of_their_names_whatever_the_case_of_letters() {
        let picked = |line: &[&str]| {
            let arguments = parse(line).unwrap();
            rows().iter().filter(|row| arguments.selects(&row.name())).map(Row::name).collect::<Vec<_>>()
        };
        assert_eq!(picked(&[]).len(), rows().len());
        let node = picked(&["--only", "NODE"]);
        assert!(!node.is_empty() && node.iter().all(|name| name.starts_with("Node ")), "{node:?}");
        assert_eq!(picked(&["--only", "kafkajs: tracehop → eachBatch"]).len(), 1);
    }
}
