use std::borrow::Cow;

/// What becomes of an attribute's value.
///
/// The values of an array are changed one by one. Numbers and booleans are taken as the texts that stand for them, and are texts
/// afterwards. `1234567890` becomes:
///
/// | | |
/// |---|---|
/// | `Keep` | `1234567890` |
/// | `Remove` | No attribute |
/// | `Replace("?".into())` | `?` |
/// | `KeepLast(4)` | `***7890` |
/// | `Pseudonym` | `4d8cddee4c0f42d07c7e871a2379f378`, with some key |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redact {
    /// The attribute stays as it is, also if a later rule is about it.
    Keep,
    /// The attribute is taken away.
    Remove,
    /// This text takes the value's place.
    Replace(Cow<'static, str>),
    /// Three asterisks and the last so many characters, so that the length does not show. A value that has no more characters
    /// than twice as many is nothing but three asterisks.
    KeepLast(usize),
    /// The value's HMAC-SHA-256, of which the first 16 bytes are shown as 32 hexadecimal digits: the same for equal values, and
    /// of no use without the key. See [`PseudonymKey`](crate::PseudonymKey).
    Pseudonym,
}
