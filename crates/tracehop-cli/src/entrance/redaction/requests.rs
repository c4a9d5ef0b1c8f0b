//! The walk through a request: every attribute, wherever it stands.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::redaction::Redaction;
use super::rule::Action;

const MASK: &str = "***";

/// The name of the description of a status in rules.
const STATUS: &str = "status";

/// No longer path is made of the keys of nested maps: its parts still meet the rules, each alone.
const LONGEST_PATH: usize = 256;

impl Redaction {
    /// Takes out of all resources, scopes, spans, events and links what nobody shall see.
    pub fn traces(&self, request: &mut ExportTraceServiceRequest) {
        let spans = request.resource_spans.iter_mut().flat_map(|it| &mut it.scope_spans);
        spans.flat_map(|it| &mut it.spans).for_each(forget_state);
        if self.is_empty() {
            return;
        }
        for of_resource in &mut request.resource_spans {
            self.resource(of_resource.resource.as_mut());
            for of_scope in &mut of_resource.scope_spans {
                self.scope(of_scope.scope.as_mut());
                for span in &mut of_scope.spans {
                    self.span(span);
                }
            }
        }
    }

    /// Takes out of all resources, scopes and log records what nobody shall see. What a body says as text stays.
    pub fn logs(&self, request: &mut ExportLogsServiceRequest) {
        if self.is_empty() {
            return;
        }
        for of_resource in &mut request.resource_logs {
            self.resource(of_resource.resource.as_mut());
            for of_scope in &mut of_resource.scope_logs {
                self.scope(of_scope.scope.as_mut());
                for record in &mut of_scope.log_records {
                    self.attributes(&mut record.attributes, "");
                    if let Some(body) = &mut record.body {
                        self.nested(body, "");
                    }
                }
            }
        }
    }

    fn resource(&self, resource: Option<&mut Resource>) {
        if let Some(resource) = resource {
            self.attributes(&mut resource.attributes, "");
        }
    }

    fn scope(&self, scope: Option<&mut InstrumentationScope>) {
        if let Some(scope) = scope {
            self.attributes(&mut scope.attributes, "");
        }
    }

    fn span(&self, span: &mut Span) {
        self.attributes(&mut span.attributes, "");
        for event in &mut span.events {
            self.attributes(&mut event.attributes, "");
        }
        for link in &mut span.links {
            self.attributes(&mut link.attributes, "");
        }
        let Some(status) = span.status.as_mut().filter(|status| !status.message.is_empty()) else { return };
        match self.action(STATUS) {
            Some(Action::Drop) => status.message.clear(),
            Some(Action::Mask) => MASK.clone_into(&mut status.message),
            Some(Action::Hash) => status.message = self.key.hash(status.message.as_bytes()),
            Some(Action::Leave) | None => {}
        }
    }

    /// `path` is that of the map in which they are, with its dot, or empty.
    fn attributes(&self, attributes: &mut Vec<KeyValue>, path: &str) {
        attributes.retain_mut(|attribute| {
            let action = self.action(&attribute.key).or_else(|| {
                let is_nested = !path.is_empty();
                is_nested.then(|| self.action(&format!("{path}{}", attribute.key))).flatten()
            });
            let Some(value) = &mut attribute.value else { return action != Some(Action::Drop) };
            match action {
                Some(Action::Drop) => return false,
                Some(Action::Mask) => value.value = Some(Value::StringValue(MASK.to_owned())),
                Some(Action::Hash) => self.hash(value),
                Some(Action::Leave) => {}
                None if is_flat(value) => {}
                None if path.len() + attribute.key.len() < LONGEST_PATH => {
                    self.nested(value, &format!("{path}{}.", attribute.key));
                }
                None => self.nested(value, ""),
            }
            true
        });
    }

    /// The maps in a value. How deep they are is bounded by the readers of requests.
    fn nested(&self, value: &mut AnyValue, path: &str) {
        match &mut value.value {
            Some(Value::ArrayValue(array)) => {
                array.values.iter_mut().for_each(|value| self.nested(value, path));
            }
            Some(Value::KvlistValue(map)) => self.attributes(&mut map.values, path),
            _ => {}
        }
    }

    /// Every value becomes the hash of its text, so that 42 is equal to "42". Lists and maps keep their shape.
    fn hash(&self, value: &mut AnyValue) {
        let hashed = match &mut value.value {
            None => return,
            Some(Value::ArrayValue(array)) => {
                return array.values.iter_mut().for_each(|value| self.hash(value));
            }
            Some(Value::KvlistValue(map)) => {
                let values = map.values.iter_mut().filter_map(|entry| entry.value.as_mut());
                return values.for_each(|value| self.hash(value));
            }
            Some(Value::StringValue(text)) => self.key.hash(text.as_bytes()),
            Some(Value::BytesValue(bytes)) => self.key.hash(bytes),
            Some(Value::BoolValue(truth)) => self.key.hash(truth.to_string().as_bytes()),
            Some(Value::IntValue(number)) => self.key.hash(number.to_string().as_bytes()),
            Some(Value::DoubleValue(number)) => self.key.hash(number.to_string().as_bytes()),
            Some(Value::StringValueStrindex(index)) => self.key.hash(index.to_string().as_bytes()),
        };
        value.value = Some(Value::StringValue(hashed));
    }
}

/// What tracing systems pass on to each other is never shown, and may say who asked.
fn forget_state(span: &mut Span) {
    span.trace_state.clear();
    span.links.iter_mut().for_each(|link| link.trace_state.clear());
}

fn is_flat(value: &AnyValue) -> bool {
    !matches!(value.value, Some(Value::ArrayValue(_) | Value::KvlistValue(_)))
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Status};

    use prost::Message;

    use super::super::hashed::Hashed;
    use super::super::key::RedactionKey;
    use super::*;

    fn redaction(rules: &[&str]) -> Redaction {
        let key: RedactionKey = "0123456789abcdef".parse().unwrap();
        Redaction::new(rules.iter().map(|rule| rule.parse().unwrap()), false, key)
    }

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    fn text(text: &str) -> AnyValue {
        any(Value::StringValue(text.to_owned()))
    }

    fn list(attributes: &[(&str, AnyValue)]) -> Vec<KeyValue> {
        let all = attributes.iter().cloned();
        all.map(|(key, value)| KeyValue { key: key.to_owned(), value: Some(value), key_strindex: 0 })
            .collect()
    }

    fn map(entries: &[(&str, AnyValue)]) -> AnyValue {
        any(Value::KvlistValue(KeyValueList { values: list(entries) }))
    }

    fn array(values: &[AnyValue]) -> AnyValue {
        any(Value::ArrayValue(ArrayValue { values: values.to_vec() }))
    }

    #[test]
    fn each_action_does_what_it_says_to_each_kind_of_value() {
        fn check(rule: &str, value: &AnyValue, expected: Option<&AnyValue>) {
            let mut attributes = list(&[("a", text("kept")), ("key", value.clone()), ("z", text("kept"))]);
            redaction(&[rule]).attributes(&mut attributes, "");
            let found = attributes.iter().find(|it| it.key == "key").and_then(|it| it.value.as_ref());
            assert_eq!(found, expected, "{rule}");
            assert_eq!(attributes.iter().filter(|it| it.value == Some(text("kept"))).count(), 2);
        }
        let (hash, mask) = (text("8d24a2a526d5f556"), text("***"));
        let list_of = |value: &AnyValue| array(&[value.clone(), value.clone()]);
        let map_of = |value: &AnyValue| map(&[("x", value.clone())]);
        let plain = text("42");
        check("drop:key", &plain, None);
        check("drop:k*", &map_of(&plain), None);
        check("mask:key", &plain, Some(&mask));
        check("mask:key", &any(Value::IntValue(42)), Some(&mask));
        check("mask:key", &list_of(&plain), Some(&mask));
        check("hash:key", &plain, Some(&hash));
        check("hash:key", &any(Value::IntValue(42)), Some(&hash));
        check("hash:key", &any(Value::BytesValue(b"42".to_vec())), Some(&hash));
        check("hash:key", &any(Value::DoubleValue(42.0)), Some(&hash));
        check("hash:key", &list_of(&plain), Some(&list_of(&hash)));
        check("hash:key", &map_of(&plain), Some(&map_of(&hash)));
        check("hash:key", &AnyValue::default(), Some(&AnyValue::default()));
        check("drop:other", &plain, Some(&plain));
    }

    #[test]
    fn maps_in_values_meet_the_rules_by_key_and_by_path() {
        fn check(rule: &str, expected: &AnyValue) {
            let user = map(&[("email", text("a@b.example")), ("id", text("7"))]);
            let mut attributes = list(&[("users", array(&[map(&[("user", user)])]))]);
            redaction(&[rule]).attributes(&mut attributes, "");
            let user = map(&[("user", expected.clone())]);
            assert_eq!(attributes, list(&[("users", array(&[user]))]), "{rule}");
        }
        check("drop:email", &map(&[("id", text("7"))]));
        check("drop:users.user.email", &map(&[("id", text("7"))]));
        check("drop:*.email", &map(&[("id", text("7"))]));
        check("mask:user", &text("***"));
        check("drop:user.email", &map(&[("email", text("a@b.example")), ("id", text("7"))]));
    }

    #[test]
    fn long_keys_of_nested_maps_cost_no_more_than_short_ones() {
        let entries: Vec<_> = (0..1_000).map(|_| ("email", text("a@b.example"))).collect();
        let long = "k".repeat(1 << 20);
        let mut attributes = list(&[(&*long, map(&entries))]);
        redaction(&["drop:email"]).attributes(&mut attributes, "");
        assert_eq!(attributes, list(&[(&*long, map(&[]))]));
    }

    #[test]
    fn what_was_hashed_before_is_not_hashed_once_more() {
        let of = |rules: &[&str], key: &str| {
            Redaction::new(rules.iter().map(|rule| rule.parse().unwrap()), false, key.parse().unwrap())
        };
        let (first, second) = ("0123456789abcdef", "fedcba9876543210");
        let check = |before: &[&str], now: &[&str], key: &str, is_changed: bool| {
            let before = of(before, first);
            let mut attributes = list(&[("user.id", text("42"))]);
            before.attributes(&mut attributes, "");
            let kept = attributes.clone();
            let hashed = Hashed::of(&before.hashed().encode_to_vec());
            of(now, key).after(&hashed).attributes(&mut attributes, "");
            assert_eq!(attributes != kept, is_changed, "{now:?} {key}");
        };
        check(&["hash:user.id"], &["hash:user.id"], first, false);
        check(&["hash:user.id"], &["mask:db.*", "hash:user.id"], first, false);
        check(&["hash:user.id"], &["hash:user.id"], second, true);
        check(&["hash:user.id"], &["drop:user.id"], first, true);
        check(&[], &["hash:user.id"], first, true);
        check(&["hash:other"], &["hash:user.id"], first, true);
    }

    #[test]
    fn states_of_tracing_systems_are_forgotten_without_any_rule() {
        let link = Link { trace_state: "vendor=secret".to_owned(), ..Link::default() };
        let span = Span { trace_state: "vendor=secret".to_owned(), links: vec![link], ..Span::default() };
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        let mut request = ExportTraceServiceRequest { resource_spans };
        Redaction::new([], true, RedactionKey::generate().unwrap()).traces(&mut request);
        assert!(!format!("{request:?}").contains("secret"), "{request:?}");
    }

    #[test]
    fn every_place_in_a_request_for_traces_is_redacted() {
        let secret = || list(&[("user.email", text("a@b.example"))]);
        let span = Span {
            attributes: secret(),
            events: vec![Event { attributes: secret(), ..Event::default() }],
            links: vec![Link { attributes: secret(), ..Link::default() }],
            status: Some(Status { message: "a@b.example is unknown".to_owned(), code: 2 }),
            ..Span::default()
        };
        let scope = Some(InstrumentationScope { attributes: secret(), ..InstrumentationScope::default() });
        let scope_spans = vec![ScopeSpans { scope, spans: vec![span], ..ScopeSpans::default() }];
        let resource = Some(Resource { attributes: secret(), ..Resource::default() });
        let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
        let mut request = ExportTraceServiceRequest { resource_spans };
        redaction(&["drop:user.email", "mask:status"]).traces(&mut request);
        assert!(!format!("{request:?}").contains("a@b.example"), "{request:?}");
        assert!(format!("{request:?}").contains("***"));
    }

    #[test]
    fn every_place_in_a_request_for_logs_is_redacted_and_text_stays() {
        let secret = || list(&[("user.email", text("a@b.example"))]);
        let structured = LogRecord {
            attributes: secret(),
            body: Some(map(&[("user.email", text("a@b.example"))])),
            ..LogRecord::default()
        };
        let line = LogRecord { body: Some(text("a line")), ..LogRecord::default() };
        let scope = Some(InstrumentationScope { attributes: secret(), ..InstrumentationScope::default() });
        let scope_logs =
            vec![ScopeLogs { scope, log_records: vec![structured, line], ..ScopeLogs::default() }];
        let resource = Some(Resource { attributes: secret(), ..Resource::default() });
        let resource_logs = vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }];
        let mut request = ExportLogsServiceRequest { resource_logs };
        redaction(&["hash:user.email"]).logs(&mut request);
        assert!(!format!("{request:?}").contains("a@b.example"), "{request:?}");
        assert!(format!("{request:?}").contains("a line"));
    }

    #[test]
    fn what_a_status_says_can_go_too() {
        fn check(rules: &[&str], expected: &str) {
            let status = Some(Status { message: "42".to_owned(), code: 2 });
            let mut span = Span { status, ..Span::default() };
            redaction(rules).span(&mut span);
            assert_eq!(span.status.unwrap().message, expected, "{rules:?}");
        }
        check(&[], "42");
        check(&["drop:status"], "");
        check(&["mask:status"], "***");
        check(&["hash:status"], "8d24a2a526d5f556");
        check(&["mask:*"], "***");
    }
}
