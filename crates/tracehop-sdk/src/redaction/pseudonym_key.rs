use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::redaction_error::RedactionError;

/// A shorter key could be guessed.
const SHORTEST: usize = 16;

/// So much of the HMAC is a pseudonym: two of 2^64 values are the same by chance.
const SHOWN: usize = 16;

/// The secret key of pseudonyms. It is never printed.
///
/// Whoever has the key can find out which values stand behind pseudonyms, by trying them. Services with the same key have the
/// same pseudonyms.
///
/// ```
/// use tracehop_sdk::PseudonymKey;
///
/// let key = PseudonymKey::new(b"32 random bytes from a secret...")?;
/// assert_eq!(format!("{key:?}"), "PseudonymKey(..)");
/// assert!(PseudonymKey::new(b"too short").is_err());
/// # Ok::<(), tracehop_sdk::RedactionError>(())
/// ```
#[derive(Clone)]
pub struct PseudonymKey(Hmac<Sha256>);

impl PseudonymKey {
    /// A key of these bytes. Take 32 that were drawn at random.
    ///
    /// # Errors
    ///
    /// There are fewer than 16.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, RedactionError> {
        let invalid = |reason| RedactionError::new("pseudonym_key", reason);
        let key = key.as_ref();
        if key.len() < SHORTEST {
            return Err(invalid("a key has 16 bytes or more"));
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| invalid("it is no key"))
    }

    /// What stands for a value: 32 lower-case hexadecimal digits. With a domain, another than elsewhere.
    pub(super) fn pseudonym(&self, domain: Option<&str>, value: &str) -> String {
        let mut mac = self.0.clone();
        if let Some(domain) = domain {
            mac.update(domain.as_bytes());
            // No key of an attribute has it, so no two pairs are the same bytes.
            mac.update(&[0]);
        }
        mac.update(value.as_bytes());
        let bytes = mac.finalize().into_bytes();
        let mut shown = String::with_capacity(SHOWN * 2);
        for byte in bytes.iter().take(SHOWN) {
            for digit in [byte >> 4, byte & 15] {
                shown.extend(char::from_digit(u32::from(digit), 16));
            }
        }
        shown
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 6, of which the first 16 bytes are shown; the others with another implementation.
    #[test]
    fn a_pseudonym_is_the_beginning_of_the_hmac() {
        let counted: Vec<u8> = (1..=25).collect();
        let long: &[u8] = &[0xaa; 131];
        let text = "Test Using Larger Than Block-Size Key - Hash Key First";
        for (key, domain, value, expected) in [
            (long, None, text, "60e431591ee0b67f0d8a26aacbf5b77f"),
            (&counted, None, "orders", "c95b920d44b937401581772eff6eb129"),
            (&counted, Some("enduser.id"), "orders", "0b17d1afa2223d5db73c003146f07d04"),
            (&counted, None, "größe", "1699478c10ae42f477ad689b675c7584"),
            (&counted, None, "", "1b5713e10977da96a5fe201005976a24"),
        ] {
            assert_eq!(PseudonymKey::new(key).unwrap().pseudonym(domain, value), expected, "{value:?}");
        }
    }
}
