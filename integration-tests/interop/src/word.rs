//! What a peer says.

use serde::Deserialize;

/// A header, as it came.
pub(crate) type Header = (String, String);

/// A line of a peer's standard output: a JSON object.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "said", rename_all = "lowercase")]
pub(crate) enum Word {
    /// It will get what is sent from now on.
    Ready,
    /// It has handled a message, which came with these headers.
    Message {
        /// All of them, in their order.
        headers: Vec<Header>,
    },
    /// It has done its work.
    Done,
}

impl Word {
    /// `None` if the line is something else, for example of a library.
    pub(crate) fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_other_lines() {
        let headers = vec![("x-note".to_owned(), "one".to_owned()), ("x-note".to_owned(), "two".to_owned())];
        for (line, expected) in [
            (r#"{"said": "ready"}"#, Some(Word::Ready)),
            (
                r#"{"said":"message","headers":[["x-note","one"],["x-note","two"]]}"#,
                Some(Word::Message { headers }),
            ),
            (r#"{"said":"message"}"#, None),
            (r#"{"said":"ready""#, None),
            ("connecting to localhost", None),
            ("", None),
        ] {
            assert_eq!(Word::read(line), expected, "{line}");
        }
    }
}
