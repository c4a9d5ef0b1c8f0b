//! The list of what is fuzzed.

use crate::laws::{apply, extract, forward, inject, serde_form, strip, text_form, undo};
use crate::transports::{Amqp, Kafka, Map, Memory, Nats};

/// Something that must hold for all bytes.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// Panics if it does not hold.
    pub(crate) law: fn(&[u8]),
}

/// What a target reads its bytes as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One message: see `Input`.
    Message,
    Text,
}

const fn message(name: &'static str, law: fn(&[u8])) -> Target {
    Target { name, form: Form::Message, law }
}

const fn text(name: &'static str, law: fn(&[u8])) -> Target {
    Target { name, form: Form::Text, law }
}

/// All targets. A new one is a line here, a `[[bin]]` in `Cargo.toml` and its file in `fuzz_targets/`.
pub(crate) const ALL: [Target; 28] = [
    message("extract_memory", extract::<Memory>),
    message("extract_map", extract::<Map>),
    message("extract_kafka", extract::<Kafka>),
    message("extract_amqp", extract::<Amqp>),
    message("extract_nats", extract::<Nats>),
    message("apply_memory", apply::<Memory>),
    message("apply_map", apply::<Map>),
    message("apply_kafka", apply::<Kafka>),
    message("apply_amqp", apply::<Amqp>),
    message("apply_nats", apply::<Nats>),
    message("forward_memory", forward::<Memory>),
    message("forward_map", forward::<Map>),
    message("forward_kafka", forward::<Kafka>),
    message("forward_amqp", forward::<Amqp>),
    message("forward_nats", forward::<Nats>),
    message("inject_memory", inject::<Memory>),
    message("inject_map", inject::<Map>),
    message("inject_kafka", inject::<Kafka>),
    message("inject_amqp", inject::<Amqp>),
    message("inject_nats", inject::<Nats>),
    message("strip_memory", strip::<Memory>),
    message("strip_map", strip::<Map>),
    message("strip_kafka", strip::<Kafka>),
    message("strip_amqp", strip::<Amqp>),
    message("strip_nats", strip::<Nats>),
    message("undo_kafka", undo),
    text("text_form", text_form),
    text("serde_form", serde_form),
];

/// Checks the law of the target of this name.
///
/// # Panics
///
/// The law does not hold for these bytes, or there is no target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = ALL.into_iter().find(|target| target.name == name);
    (target.expect("the list has every target").law)(bytes);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn libfuzzer_has_a_program_for_each_target_and_no_other() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
        let mut files = BTreeSet::new();
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(&format!("run(\"{name}\", bytes)")), "{name} runs another target");
            files.insert(name);
        }
        let names: BTreeSet<String> = ALL.iter().map(|target| target.name.to_owned()).collect();
        assert_eq!(files, names);
    }
}
