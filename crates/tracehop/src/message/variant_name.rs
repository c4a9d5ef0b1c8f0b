//! Names of enum variants as codes.

use std::fmt::Debug;

/// The name of an enum's variant in snake case, as an `error.type` wants it: `NoResponders` becomes `no_responders`,
/// `PartitionEOF` becomes `partition_eof`.
///
/// Clients' enums of error codes grow with each version, so an adapter cannot match them; what `Debug` prints of a variant
/// is its name, and then perhaps its fields, which are left out.
///
/// ```
/// assert_eq!(tracehop::snake_case(&std::io::ErrorKind::ConnectionReset), "connection_reset");
/// ```
pub fn snake_case(variant: &impl Debug) -> String {
    let printed = format!("{variant:?}");
    let mut code = String::with_capacity(printed.len() + 8);
    let mut rest = printed.chars().take_while(char::is_ascii_alphanumeric).peekable();
    let mut previous_is_lower = false;
    while let Some(letter) = rest.next() {
        let next_is_lower = rest.peek().is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && !code.is_empty() && (previous_is_lower || next_is_lower) {
            code.push('_');
        }
        previous_is_lower = !letter.is_ascii_uppercase();
        code.push(letter.to_ascii_lowercase());
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_abbreviations_are_parted() {
        #[derive(Debug)]
        enum Code {
            QueueFull,
            PartitionEOF,
            TLSError,
            Other,
            #[expect(dead_code, reason = "fields are printed, not read")]
            Limit(u32),
            #[expect(dead_code, reason = "fields are printed, not read")]
            Refused {
                reason: u32,
            },
        }
        for (variant, expected) in [
            (Code::QueueFull, "queue_full"),
            (Code::PartitionEOF, "partition_eof"),
            (Code::TLSError, "tls_error"),
            (Code::Other, "other"),
            (Code::Limit(7), "limit"),
            (Code::Refused { reason: 7 }, "refused"),
        ] {
            assert_eq!(snake_case(&variant), expected);
        }
    }
}
