//! Why a file is no file of levels.

use std::fmt;
use std::string::FromUtf8Error;

/// Why a file is no file of levels: one line that says where, what is wrong, and what may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelsError {
    /// The line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl LevelsError {
    /// `at` is a place in `file`, in bytes.
    pub(super) fn at(file: &str, at: usize, why: impl Into<String>) -> Self {
        let before = file.as_bytes().iter().take(at);
        Self { line: before.filter(|&&byte| byte == b'\n').count() + 1, why: why.into(), suggestion: None }
    }

    pub(super) fn of_utf8(error: &FromUtf8Error) -> Self {
        let good = error.utf8_error().valid_up_to();
        let why = "what stands here is not UTF-8: save the file as UTF-8 text";
        let bytes = error.as_bytes().get(..good).unwrap_or_default();
        Self::at(&String::from_utf8_lossy(bytes), good, why)
    }

    pub(super) fn of_toml(file: &str, error: &toml::de::Error) -> Self {
        let place = error.span().map_or(file.len(), |span| span.start);
        // Its messages may have line ends, and names that the file gave.
        let message = error.message().replace(|c: char| c.is_control(), " ");
        let mut error = Self::at(file, place, &*message);
        let Some((what, known)) = unknown(&message) else {
            if let Some(plain) = in_plain_words(&message) {
                error.why = plain;
            }
            return error;
        };
        let near = known.iter().map(|name| (strsim::osa_distance(name, what), *name)).min();
        error.suggestion = near
            .filter(|(distance, _)| *distance <= 3 && what.len() > *distance)
            .map(|(_, it)| it.to_owned());
        if error.suggestion.is_some() {
            error.why = format!("`{what}` is not known here");
        } else {
            error.why = format!("`{what}` is not known here; there are {}", known.join(", "));
        }
        error
    }
}

/// The name that is not known, and those that are, of a message such as "unknown field `a`, expected one of `b`, `c`".
fn unknown(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest =
        message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"))?;
    let (what, rest) = rest.split_once("`, expected ")?;
    // What stands at odd places is in back quotes.
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    (!known.is_empty() && what.len() <= 100).then_some((what, known))
}

/// What a message of the TOML reader means, in words that are not those of the program.
fn in_plain_words(message: &str) -> Option<String> {
    if let Some(field) = message.strip_prefix("missing field ") {
        return Some(format!("{field} is missing"));
    }
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    // What was found may hold the same words: texts come first, and stand in quotes.
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let found = match found.split_once(' ') {
        _ if found == "map" => "a table",
        _ if found == "sequence" => "a list",
        Some(("string", text)) => text,
        Some(("integer" | "boolean", rest)) => rest.trim_matches('`'),
        Some(("floating", rest)) => rest.trim_start_matches("point ").trim_matches('`'),
        _ => found,
    };
    let expected = match expected {
        "a string" | "string or table" => "a text in quotes",
        "a sequence" => "a list in brackets",
        "u64" | "u32" => "a whole number",
        other => other,
    };
    Some(format!("{found} cannot stand here: it must be {expected}"))
}

impl fmt::Display for LevelsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)?;
        self.suggestion.iter().try_for_each(|suggestion| write!(f, "; did you mean `{suggestion}`?"))
    }
}

impl std::error::Error for LevelsError {}
