//! The key of hashes.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const FEWEST: usize = 16;

/// What makes hashes that only its owner can make: without it, nobody finds a user by hashing the names of all users.
///
/// Its [`Debug`] does not show it.
#[derive(Clone)]
pub struct RedactionKey(Arc<[u8]>);

/// A key that could be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTooShort;

impl RedactionKey {
    /// A new one. Hashes made with it cannot be compared with those of another start of the program.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn generate() -> io::Result<Self> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        Ok(Self(Arc::from(random)))
    }

    /// The first 64 bits of the HMAC-SHA256 of `value`, in hexadecimal digits.
    pub(super) fn hash(&self, value: &[u8]) -> String {
        // Keys of every length are keys of an HMAC.
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        hmac.update(value);
        let hash = hmac.finalize().into_bytes();
        let first = hash.first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(first))
    }
}

impl FromStr for RedactionKey {
    type Err = KeyTooShort;

    fn from_str(text: &str) -> Result<Self, KeyTooShort> {
        if text.len() < FEWEST {
            return Err(KeyTooShort);
        }
        Ok(Self(text.as_bytes().into()))
    }
}

impl fmt::Debug for RedactionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedactionKey(..)")
    }
}

impl fmt::Display for KeyTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "TRACEHOP_REDACT_KEY is too short: give at least {FEWEST} characters, or leave it out and one is made at each start"
        )
    }
}

impl std::error::Error for KeyTooShort {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_hmac_sha256() {
        // Computed by `printf 42 | openssl dgst -sha256 -hmac 0123456789abcdef`.
        let key: RedactionKey = "0123456789abcdef".parse().unwrap();
        assert_eq!(key.hash(b"42"), "8d24a2a526d5f556");
        assert_ne!(key.hash(b"42"), key.hash(b"43"));
        assert_ne!(key.hash(b"42"), RedactionKey::generate().unwrap().hash(b"42"));
    }

    #[test]
    fn keys_that_can_be_guessed_are_refused_and_none_is_printed() {
        assert_eq!("0123456789abcde".parse::<RedactionKey>().unwrap_err(), KeyTooShort);
        assert_eq!(format!("{:?}", RedactionKey::generate().unwrap()), "RedactionKey(..)");
    }
}
