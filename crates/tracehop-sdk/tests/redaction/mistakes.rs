//! What is wrong is an error that names the setting, and nothing shows a secret.

use tracehop_sdk::{PseudonymKey, Redact, RedactingSpanProcessor, Redaction};

const SECRET: &[u8] = b"a secret of thirty-two bytes....";

#[test]
fn what_cannot_be_done_is_an_error() {
    for (builder, expected) in [
        (
            Redaction::builder().rule("a", Redact::Remove).rule("b.*", Redact::Pseudonym),
            "rule 2 (\"b.*\"): pseudonyms need a pseudonym_key",
        ),
        (Redaction::builder().rule("", Redact::Remove), "rule 1 (\"\"): it is about no attribute"),
    ] {
        assert_eq!(builder.build().unwrap_err().to_string(), expected);
    }
    for length in [0, 1, 15] {
        let error = PseudonymKey::new(&SECRET[..length]).unwrap_err();
        assert_eq!(error.setting(), "pseudonym_key");
        assert_eq!(error.to_string(), "pseudonym_key: a key has 16 bytes or more");
    }
    assert!(PseudonymKey::new(&SECRET[..16]).is_ok());
}

#[test]
fn debug_output_shows_no_key() {
    let key = PseudonymKey::new(SECRET).unwrap();
    let builder = Redaction::builder().rule("a", Redact::Pseudonym).pseudonym_key(key.clone());
    let built = format!("{builder:?}");
    let redaction = builder.build().unwrap();
    let processor = opentelemetry_sdk::trace::SimpleSpanProcessor::new(
        opentelemetry_sdk::trace::InMemorySpanExporter::default(),
    );
    let processor = RedactingSpanProcessor::new(processor, redaction.clone());
    for shown in [format!("{key:?}"), built, format!("{redaction:?}"), format!("{processor:?}")] {
        assert!(!shown.contains("secret") && !shown.contains("97, 32"), "{shown}");
    }
    assert_eq!(format!("{key:?}"), "PseudonymKey(..)");
}
