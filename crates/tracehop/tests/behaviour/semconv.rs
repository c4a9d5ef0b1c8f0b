//! The keys are the conventions', and stand in one file.

use std::fs;
use std::path::Path;

use tracehop::semconv;

/// The conventions' keys, and their metrics.
mod conventions {
    pub(super) use opentelemetry_semantic_conventions::attribute::*;
    pub(super) use opentelemetry_semantic_conventions::metric::*;
}

#[test]
fn keys_are_those_of_the_conventions_crate() {
    for (ours, theirs) in [
        (semconv::MESSAGING_BATCH_MESSAGE_COUNT, conventions::MESSAGING_BATCH_MESSAGE_COUNT),
        (semconv::MESSAGING_CLIENT_ID, conventions::MESSAGING_CLIENT_ID),
        (semconv::MESSAGING_CONSUMER_GROUP_NAME, conventions::MESSAGING_CONSUMER_GROUP_NAME),
        (semconv::MESSAGING_DESTINATION_ANONYMOUS, conventions::MESSAGING_DESTINATION_ANONYMOUS),
        (semconv::MESSAGING_DESTINATION_NAME, conventions::MESSAGING_DESTINATION_NAME),
        (semconv::MESSAGING_DESTINATION_PARTITION_ID, conventions::MESSAGING_DESTINATION_PARTITION_ID),
        (semconv::MESSAGING_DESTINATION_TEMPLATE, conventions::MESSAGING_DESTINATION_TEMPLATE),
        (semconv::MESSAGING_DESTINATION_TEMPORARY, conventions::MESSAGING_DESTINATION_TEMPORARY),
        (semconv::MESSAGING_MESSAGE_BODY_SIZE, conventions::MESSAGING_MESSAGE_BODY_SIZE),
        (semconv::MESSAGING_MESSAGE_CONVERSATION_ID, conventions::MESSAGING_MESSAGE_CONVERSATION_ID),
        (semconv::MESSAGING_MESSAGE_ID, conventions::MESSAGING_MESSAGE_ID),
        (semconv::MESSAGING_OPERATION_NAME, conventions::MESSAGING_OPERATION_NAME),
        (semconv::MESSAGING_OPERATION_TYPE, conventions::MESSAGING_OPERATION_TYPE),
        (semconv::MESSAGING_SYSTEM, conventions::MESSAGING_SYSTEM),
        (semconv::ERROR_TYPE, conventions::ERROR_TYPE),
        (semconv::SERVER_ADDRESS, conventions::SERVER_ADDRESS),
        (semconv::SERVER_PORT, conventions::SERVER_PORT),
        (semconv::MESSAGING_CLIENT_CONSUMED_MESSAGES, conventions::MESSAGING_CLIENT_CONSUMED_MESSAGES),
        (semconv::MESSAGING_CLIENT_OPERATION_DURATION, conventions::MESSAGING_CLIENT_OPERATION_DURATION),
        (semconv::MESSAGING_CLIENT_SENT_MESSAGES, conventions::MESSAGING_CLIENT_SENT_MESSAGES),
        (semconv::MESSAGING_PROCESS_DURATION, conventions::MESSAGING_PROCESS_DURATION),
    ] {
        assert_eq!(ours, theirs);
    }
}

/// Calls `f` with the path below `folder` and the text of each source file.
fn each_source(folder: &Path, f: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_source(&path, f);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            f(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_constant_is_compared() {
    let this = include_str!("semconv.rs");
    let source = include_str!("../../src/semconv.rs");
    let names = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    // The conventions' crate has no constants for these, and none for what is the project's own.
    let is_theirs = |name: &&str| {
        !["SCHEMA_URL", "ERROR_TYPE_OTHER", "HEADER_PREFIX"].contains(name) && !name.starts_with("TRACEHOP_")
    };
    for name in names.filter(is_theirs) {
        assert!(this.contains(&format!("semconv::{name}, conventions::{name}")), "{name} is compared");
    }
}

#[test]
fn only_semconv_spells_out_keys_of_the_conventions() {
    let mut files = 0;
    each_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        files += 1;
        let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
        for line in code.filter(|_| !path.ends_with("semconv.rs")) {
            for prefix in ["\"messaging.", "\"error.type\"", "\"server.", "\"tracehop."] {
                assert!(!line.contains(prefix), "{}: {line}", path.display());
            }
        }
    });
    assert!(files > 10, "the sources were found");
}

#[test]
fn the_core_names_no_broker() {
    each_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
        for line in code {
            for broker in ["kafka", "rabbit", "amqp", "nats"] {
                assert!(!line.to_lowercase().contains(broker), "{}: {line}", path.display());
            }
        }
    });
}
