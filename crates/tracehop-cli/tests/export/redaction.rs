//! What is in no export.

use crate::commands::export;
use crate::journey_file::{TRACE, folder, from};

const KEY: &str = "0123456789abcdef";

#[test]
fn keys_and_bodies_of_messages_are_never_in_it() {
    let (_folder, sent) = folder();
    for form in ["html", "otlp"] {
        let ran = export(&[TRACE, "--from", &from(&sent), "--format", form]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("ada@example.com"), "{form}");
        for secret in ["key-of-ada", "body-of-ada"] {
            assert!(!ran.out.contains(secret), "{form}: {secret}");
        }
    }
}

#[test]
fn rules_hold_in_both_forms() {
    let (_folder, sent) = folder();
    for form in ["html", "otlp"] {
        let rules = ["drop:host.*", "hash:user.email", "mask:exception.message", "mask:status"];
        let from = from(&sent);
        let mut arguments = vec![TRACE, "--from", &from, "--format", form, "--redact-key", KEY];
        arguments.extend(rules.iter().flat_map(|rule| ["--redact", rule]));
        let ran = export(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for secret in ["secret-host", "ada"] {
            assert!(!ran.out.contains(secret), "{form}: {secret}");
        }
        assert!(ran.out.contains("user.email") && ran.out.contains("exception.message"), "{form}");
    }
}
