//! What becomes of values of each kind.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use tracehop_sdk::{PseudonymKey, Redact, Redaction, RedactionBuilder};

use crate::spans::exported;

fn with(redact: Redact) -> RedactionBuilder {
    let key = PseudonymKey::new(b"32 random bytes from a secret...").unwrap();
    Redaction::builder().rule("a", redact).pseudonym_key(key)
}

fn texts(texts: &[&'static str]) -> Value {
    Value::Array(Array::String(texts.iter().map(|text| StringValue::from(*text)).collect()))
}

#[test]
fn each_kind_of_value_is_changed_as_the_text_that_it_stands_for() {
    let replace = || Redact::Replace("gone".into());
    let last = Redact::KeepLast;
    let ada = "5736e65f99d2cbb0b27a67313741a3a0";
    let number = "4d8cddee4c0f42d07c7e871a2379f378";
    for (redact, before, expected) in [
        (Redact::Keep, Value::from("x"), Some(Value::from("x"))),
        (Redact::Keep, Value::I64(7), Some(Value::I64(7))),
        (Redact::Remove, Value::from("x"), None),
        (Redact::Remove, texts(&["x", "y"]), None),
        (replace(), Value::from("x"), Some("gone".into())),
        (replace(), Value::I64(7), Some("gone".into())),
        (replace(), Value::F64(0.5), Some("gone".into())),
        (replace(), Value::Bool(true), Some("gone".into())),
        (replace(), texts(&["x", "y"]), Some(texts(&["gone", "gone"]))),
        (replace(), texts(&[]), Some(texts(&[]))),
        (replace(), Value::Array(Array::I64(vec![7])), Some(texts(&["gone"]))),
        (last(4), "4111111111111111".into(), Some("***1111".into())),
        (last(4), "123456789".into(), Some("***6789".into())),
        (last(4), "12345678".into(), Some("***".into())),
        (last(4), "1234".into(), Some("***".into())),
        (last(4), "".into(), Some("***".into())),
        (last(0), "1234".into(), Some("***".into())),
        (last(usize::MAX), "1234".into(), Some("***".into())),
        (last(2), "größe".into(), Some("***ße".into())),
        (last(1), Value::I64(-123), Some("***3".into())),
        (last(1), Value::Array(Array::Bool(vec![true, false])), Some(texts(&["***e", "***e"]))),
        (last(1), Value::Array(Array::F64(vec![0.25])), Some(texts(&["***5"]))),
        (Redact::Pseudonym, "ada@example.com".into(), Some(ada.into())),
        (Redact::Pseudonym, Value::I64(1_234_567_890), Some(number.into())),
        (Redact::Pseudonym, texts(&["ada@example.com"]), Some(texts(&[ada]))),
    ] {
        let redaction = with(redact.clone()).build().unwrap();
        let span = exported(&redaction, &[KeyValue::new("a", before.clone())], "");
        let found = span.attributes.first().map(|attribute| attribute.value.clone());
        assert_eq!(found, expected, "{redact:?} {before:?}");
    }
}

#[test]
fn a_value_has_the_same_pseudonym_everywhere_unless_they_are_separate() {
    let both = [KeyValue::new("a", "ada"), KeyValue::new("b", "ada")];
    for is_separate in [false, true] {
        let builder = with(Redact::Pseudonym).rule("b", Redact::Pseudonym);
        let redaction = builder.separate_pseudonyms(is_separate).build().unwrap();
        let span = exported(&redaction, &both, "");
        let [a, b] = [0, 1].map(|index| span.attributes[index].value.as_str().into_owned());
        assert_eq!(a != b, is_separate);
        for (key, shown) in [("a", a), ("b", b)] {
            assert_eq!(shown.len(), 32);
            assert_eq!(redaction.pseudonym(key, "ada"), Some(shown), "it can be searched for");
        }
    }
}

#[test]
fn another_key_makes_other_pseudonyms() {
    let other = PseudonymKey::new([7; 32]).unwrap();
    let pseudonym = |builder: RedactionBuilder| builder.build().unwrap().pseudonym("a", "ada").unwrap();
    assert_ne!(pseudonym(with(Redact::Pseudonym)), pseudonym(with(Redact::Pseudonym).pseudonym_key(other)));
}
