//! Whether and how to colour plain text.

use std::ffi::OsStr;
use std::fmt::{self, Display};
use std::io::IsTerminal;

/// When a [`Waterfall`](crate::Waterfall) uses ANSI colours.
///
/// Converts from `bool`: `true` is [`Always`](Self::Always), `false` is [`Never`](Self::Never).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Color {
    /// Uses colours if standard output is a terminal and the environment variable [`NO_COLOR`](https://no-color.org) is
    /// unset or empty. Both are looked at when the choice is made, not when the text is printed.
    Auto,
    /// Always uses colours.
    Always,
    /// Never uses colours, because the output may go to a file.
    #[default]
    Never,
}

impl From<bool> for Color {
    fn from(always: bool) -> Self {
        if always { Self::Always } else { Self::Never }
    }
}

impl Color {
    pub(crate) fn resolve(self) -> Paint {
        match self {
            Self::Auto => automatic(std::io::stdout().is_terminal(), std::env::var_os("NO_COLOR").as_deref()),
            Self::Always => Paint(true),
            Self::Never => Paint(false),
        }
    }
}

fn automatic(is_terminal: bool, no_color: Option<&OsStr>) -> Paint {
    Paint(is_terminal && no_color.is_none_or(OsStr::is_empty))
}

/// The decision: text either stays unchanged or gets a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint(bool);

/// The colours in use, by what they mean.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meaning {
    Send,
    Queue,
    Process,
    Failure,
    Critical,
    Aside,
}

impl Paint {
    pub(crate) fn text<T: Display>(self, meaning: Meaning, text: T) -> Painted<T> {
        let code = match meaning {
            Meaning::Send => "34",
            Meaning::Queue => "33",
            Meaning::Process => "32",
            Meaning::Failure => "31",
            Meaning::Critical => "1;36",
            Meaning::Aside => "2",
        };
        Painted { code: self.0.then_some(code), text }
    }
}

/// Text that prints itself between the codes that start and end its colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Painted<T> {
    code: Option<&'static str>,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "\u{1b}[{code}m{}\u{1b}[0m", self.text),
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_colour_needs_a_terminal_and_no_objection() {
        assert_eq!(automatic(true, None), Paint(true));
        assert_eq!(automatic(true, Some(OsStr::new(""))), Paint(true));
        assert_eq!(automatic(true, Some(OsStr::new("1"))), Paint(false));
        assert_eq!(automatic(false, None), Paint(false));
    }

    #[test]
    fn a_bool_says_always_or_never() {
        assert_eq!(Color::from(true).resolve().text(Meaning::Send, "▬").to_string(), "\u{1b}[34m▬\u{1b}[0m");
        assert_eq!(Color::from(false).resolve().text(Meaning::Send, "▬").to_string(), "▬");
    }
}
