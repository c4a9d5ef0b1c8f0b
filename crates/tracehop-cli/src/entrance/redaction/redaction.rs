//! All rules, and which of them holds for a key.

use super::hashed::Hashed;
use super::key::RedactionKey;
use super::pattern::small;
use super::rule::{Action, Rule};

/// Where message keys and message bodies stand, as instrumentations write them and have written them. They are the users'
/// data, not the operators'.
const MESSAGE_CONTENT: [&str; 17] = [
    "messaging.kafka.message.key",
    "messaging.kafka.message_key",
    "messaging.kafka.message.value",
    "messaging.message.key",
    "messaging.rocketmq.message.keys",
    "messaging.rocketmq.message_keys",
    "messaging.gcp_pubsub.message.ordering_key",
    "messaging.message.body",
    "messaging.message.payload",
    "messaging.message_payload",
    "messaging.payload",
    "messaging.body",
    "message.body",
    "message.payload",
    "messaging.*.message.body",
    "messaging.*.message.payload",
    "messaging.*.message.value",
];

/// What takes out of requests what nobody shall see. The first rule that fits a key holds.
///
/// The name `status` stands for the description of a span's status, beside an attribute of that name.
#[derive(Clone, Debug)]
pub struct Redaction {
    rules: Box<[Rule]>,
    pub(super) key: RedactionKey,
}

impl Redaction {
    /// The rules of `--redact`, in their order, and, unless `keep_message_content`, those that drop keys and bodies of
    /// messages.
    pub fn new(rules: impl IntoIterator<Item = Rule>, keep_message_content: bool, key: RedactionKey) -> Self {
        let content = if keep_message_content { &[] } else { &MESSAGE_CONTENT[..] };
        let rules = rules.into_iter().chain(content.iter().map(|keys| Rule::dropping(keys))).collect();
        Self { rules, key }
    }

    /// What to do with the value of `key`.
    pub(super) fn action(&self, key: &str) -> Option<Action> {
        let key = small(key);
        self.rules.iter().find(|rule| rule.keys.fits(&key)).map(|rule| rule.action)
    }

    /// What stands behind a request that is kept: which of its values are hashes by now.
    pub(crate) fn hashed(&self) -> Hashed {
        let hashing = self.rules.iter().filter(|rule| rule.action == Action::Hash);
        Hashed { rules: hashing.map(|rule| self.mark_of(rule)).collect() }
    }

    /// The rules for a request that was kept: what is a hash is not hashed once more, or it were equal to no other.
    pub(crate) fn after(&self, hashed: &Hashed) -> Self {
        let mut rules = self.rules.clone();
        for rule in rules.iter_mut().filter(|rule| rule.action == Action::Hash) {
            if hashed.rules.contains(&self.mark_of(rule)) {
                rule.action = Action::Leave;
            }
        }
        Self { rules, key: self.key.clone() }
    }

    /// Another one for another key.
    fn mark_of(&self, rule: &Rule) -> String {
        self.key.hash(format!("rule hash:{}", rule.keys).as_bytes())
    }

    /// Whether nothing would ever be changed.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_holds() {
        let rules = ["hash:messaging.kafka.message.key", "mask:user.*", "drop:user.email"];
        let rules = rules.iter().map(|rule| rule.parse().unwrap());
        let redaction = Redaction::new(rules, false, RedactionKey::generate().unwrap());
        let check = |key: &str, expected| assert_eq!(redaction.action(key), expected, "{key}");
        check("messaging.kafka.message.key", Some(Action::Hash));
        check("user.email", Some(Action::Mask));
        check("messaging.message.body", Some(Action::Drop));
        check("messaging.azure.message.body", Some(Action::Drop));
        check("messaging.kafka.message.value", Some(Action::Drop));
        check("messaging.pulsar.message.value", Some(Action::Drop));
        check("messaging.body", Some(Action::Drop));
        check("Messaging.Message.Body", Some(Action::Drop));
        check("messaging.message.body.size", None);
        check("messaging.kafka.message.tombstone", None);
        check("messaging.rabbitmq.destination.routing_key", None);
        check("order.id", None);
    }

    #[test]
    fn message_content_stays_if_it_is_asked_for() {
        let redaction = Redaction::new([], true, RedactionKey::generate().unwrap());
        assert_eq!(redaction.action("messaging.kafka.message.key"), None);
        assert!(redaction.is_empty());
    }
}
