//! The secret that exporters and browsers present.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use subtle::ConstantTimeEq;

const FEWEST: usize = 16;

const MOST: usize = 256;

/// A secret. Its [`Debug`] does not show it.
///
/// It has letters, digits, `-`, `.`, `_` and `~` only, so that it is the same in a header, in a cookie and in an address.
#[derive(Clone)]
pub struct Token(Arc<str>);

/// Why a text is no [`Token`]. It does not show the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadToken {
    /// It can be guessed.
    TooShort,
    /// It does not fit into a cookie with others.
    TooLong,
    /// It has a character that means something in a header, a cookie or an address.
    BadCharacter,
}

impl Token {
    /// A new one, of 128 random bits.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn generate() -> io::Result<Self> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(random)).into()))
    }

    /// The secret itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is this secret. How long it takes says nothing about where they differ.
    pub(super) fn is(&self, presented: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(presented).into()
    }
}

impl FromStr for Token {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err(BadToken::BadCharacter);
        }
        match text.len() {
            ..FEWEST => Err(BadToken::TooShort),
            FEWEST..=MOST => Ok(Self(text.into())),
            _ => Err(BadToken::TooLong),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(
                f,
                "the token is too short: give at least {FEWEST} characters, or none and one is made"
            ),
            Self::TooLong => write!(f, "the token is too long: give at most {MOST} characters"),
            Self::BadCharacter => {
                f.write_str("the token may have letters, digits, `-`, `.`, `_` and `~` only")
            }
        }
    }
}

impl std::error::Error for BadToken {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_safe_in_headers_cookies_and_addresses() {
        fn check(text: &str, expected: Option<BadToken>) {
            assert_eq!(text.parse::<Token>().err(), expected, "{text}");
        }
        check("0123456789abcdef", None);
        check("a-token_of.one~s-own", None);
        check("", Some(BadToken::TooShort));
        check("0123456789abcde", Some(BadToken::TooShort));
        check(&"x".repeat(256), None);
        check(&"x".repeat(257), Some(BadToken::TooLong));
        check("0123456789abcdef;Path=/", Some(BadToken::BadCharacter));
        check("0123456789abcdef\r\nX: y", Some(BadToken::BadCharacter));
        check("0123456789 abcdef", Some(BadToken::BadCharacter));
        check("0123456789ab%20def", Some(BadToken::BadCharacter));
        check("0123456789abcdéf", Some(BadToken::BadCharacter));
    }

    #[test]
    fn generated_tokens_differ_and_are_tokens() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(one.as_str(), other.as_str());
        assert_eq!(one.as_str().len(), 32);
        one.as_str().parse::<Token>().unwrap();
    }

    #[test]
    fn a_secret_is_not_printed() {
        let token: Token = "correct-horse-battery".parse().unwrap();
        assert_eq!(format!("{token:?}"), "Token(..)");
    }

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        let token: Token = "correct-horse-battery".parse().unwrap();
        assert!(token.is(b"correct-horse-battery"));
        assert!(!token.is(b"correct-horse-batterY"));
        assert!(!token.is(b"correct-horse"));
        assert!(!token.is(b""));
    }
}
