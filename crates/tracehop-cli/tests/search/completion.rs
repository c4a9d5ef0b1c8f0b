//! What is offered next.

use std::sync::Arc;

use tracehop_cli::search::{Known, complete};
use tracehop_journey::JourneySummary;

use crate::samples::journey;

fn known() -> Known {
    let other = JourneySummary {
        services: ["checkout".into(), "my billing".into()].into(),
        destinations: ["payments".into()].into(),
        error: Some("timeout".into()),
        tags: [("user.id".into(), "42".into()), ("user.id".into(), "a b".into())].into(),
        ..journey(2)
    };
    Known::of(&[Arc::new(journey(1)), Arc::new(other)]).with_tags(["session.id"])
}

/// The searches that the completions make, where `|` is the cursor.
fn offered(text: &str) -> Vec<String> {
    let cursor = text.find('|').expect("the cursor");
    let text = text.replace('|', "");
    let completions = complete(&text, cursor, &known());
    completions
        .iter()
        .map(|it| it.apply(&text))
        .map(|(mut text, cursor)| {
            text.insert(cursor, '|');
            text
        })
        .collect()
}

#[test]
fn names_and_values_are_offered() {
    for (text, expected) in [
        ("ser|", &["service:|", "user.id:|"][..]),
        ("-serv|", &["-service:|"]),
        ("a b serv| c", &["a b service:| c"]),
        ("user|", &["user.id:|"]),
        ("wai|", &["wait>|", "waiting>|"]),
        ("paym|", &["dest:payments|"]),
        ("service:ch|", &["service:checkout|"]),
        ("service:ch|eck", &["service:checkout|"]),
        ("-service:ch|", &["-service:checkout|"]),
        ("service:storefront,ch|", &["service:storefront,checkout|"]),
        ("service:ch|,storefront", &["service:checkout|,storefront"]),
        ("service:bill|", &["service:\"my billing\"|"]),
        ("service:\"my bi|", &["service:\"my billing\"|"]),
        ("service:nobody|", &[]),
        ("status:wa|", &["status:waiting|"]),
        ("user.id:|", &["user.id:\"a b\"|", "user.id:42|"]),
        ("error:|", &["error:timeout|"]),
        ("partition:|", &["partition:3|"]),
        ("attempt>|", &["attempt>1|", "attempt>2|", "attempt>4|"]),
        ("took>25|", &["took>25ms|", "took>25s|", "took>25m|"]),
        ("trace:4b|", &[]),
    ] {
        assert_eq!(offered(text), expected, "{text}");
    }
}

#[test]
fn an_empty_search_is_offered_the_names_in_order_of_importance() {
    let offered = offered("|");
    assert_eq!(offered[..2], ["service:|", "dest:|"]);
    assert!(offered.contains(&"session.id:|".to_owned()), "{offered:?}");
}

#[test]
fn what_is_offered_is_bounded() {
    let names: Vec<Arc<str>> = (0..5_000).map(|number| format!("service-{number}").into()).collect();
    let journeys =
        names.chunks(32).map(|names| Arc::new(JourneySummary { services: names.into(), ..journey(1) }));
    let known = Known::of(&journeys.collect::<Vec<_>>());
    assert_eq!(complete("service:", 8, &known).len(), 20);
    assert_eq!(complete("", 999, &known).len(), 16);
}
