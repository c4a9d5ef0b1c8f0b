//! What is read, and what is said of the rest.

use tracehop_cli::search::{Misunderstood, Query};

/// The query's own text.
fn check(text: &str, expected: &str) {
    let parsed = Query::parse(text);
    assert_eq!(parsed.not_understood, [], "{text}");
    assert_eq!(parsed.query.to_string(), expected, "{text}");
    assert_eq!(Query::parse(expected).query, parsed.query, "{text}");
}

#[test]
fn the_grammar_is_read_and_printed() {
    for (text, expected) in [
        ("", ""),
        ("   ", ""),
        ("\"\"", ""),
        ("service:billing", "service:billing"),
        ("SERVICE:billing", "service:billing"),
        ("service=billing", "service:billing"),
        ("topic:orders", "dest:orders"),
        ("service:a,b", "service:a,b"),
        ("service:a,,b,", "service:a,b"),
        ("service:\"\"", "service:\"\""),
        ("-group=\"\",a", "-group:\"\",a"),
        ("user.id:\"\"", "user.id:\"\""),
        ("service:a\"\"b", "service:ab"),
        ("service:\"\"a,\"\"*", "service:a,*"),
        ("ser\"\"vice:a", "service:a"),
        ("place \"\" order\"\"", "place order"),
        ("service:\"a,b\"", "service:\"a,b\""),
        ("attempt>1", "attempt>1"),
        ("tries>=2", "attempt>=2"),
        ("attempt:>1", "attempt>1"),
        ("attempt:1", "attempt:1"),
        ("wait>2s", "wait>2s"),
        ("took>=500ms", "took>=500ms"),
        ("took<1.5s", "took<1500ms"),
        ("took<=1m30s", "took<=90s"),
        ("error:*", "error:*"),
        ("error:**", "error:*"),
        ("error:\"*\"", "error:\"*\""),
        ("error:io::Error", "error:\"io::Error\""),
        ("status:waiting,dead", "status:waiting,dead_lettered"),
        ("trace:4BF92f…", "trace:4bf92f"),
        ("4bf92f3577b34da6a3ce929d0e0e4736", "trace:4bf92f3577b34da6a3ce929d0e0e4736"),
        ("\"4bf92f3577b34da6a3ce929d0e0e4736\"", "\"4bf92f3577b34da6a3ce929d0e0e4736\""),
        ("user.id:42", "user.id:42"),
        ("tenant:acme*", "tenant:acme*"),
        ("\"service\":x", "\"service\":x"),
        ("-service:audit", "-service:audit"),
        ("place order", "place order"),
        ("\"place order\"", "\"place order\""),
        ("http://shop/orders", "\"http://shop/orders\""),
        ("-https://a:80", "-\"https://a:80\""),
        ("user.id:/orders", "user.id:/orders"),
        ("-\"-x\"", "-\"-x\""),
        ("\"say \\\"hi\\\"\"", "\"say \\\"hi\\\"\""),
        ("POST /orders", "POST /orders"),
        ("a\u{a0}b", "a b"),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_not_understood_is_said_with_what_may_have_been_meant() {
    for (text, why, suggestion) in [
        (
            "servce:billing",
            "there is no servce; quotes make it an attribute: \"servce\"",
            Some("service:billing"),
        ),
        (
            "-destnation:a,b",
            "there is no destnation; quotes make it an attribute: \"destnation\"",
            Some("-dest:a,b"),
        ),
        ("service>a", "service is a text and has no more or less", Some("service:a")),
        ("service:", "say which: service is a service that takes part", None),
        ("service:,", "say which; `*` stands for any", None),
        ("service:\"", "say which: service is a service that takes part", None),
        ("service>\"\"", "service is a text and has no more or less", Some("service:\"\"")),
        ("status:\"\"", "status is never an empty text: it is ok, failed, dead_lettered or waiting", None),
        ("trace:\"\",4b", "trace is never an empty text: it is a trace id, or how it begins", None),
        ("attempt>\"\"", "attempt is never an empty text: it is the most tries that a message took", None),
        (
            "-wait:\"\"",
            "wait is never an empty text: it is how long the message waited that waited longest",
            None,
        ),
        ("-\"\"", "nothing stands after the minus", None),
        ("attempt>many", "attempt is a number", Some("attempt>1")),
        ("attempt>-1", "attempt is a number", Some("attempt>1")),
        ("wait>2", "a duration needs a unit: ns, us, ms, s, m, h or d", Some("wait>2s")),
        ("took>500", "a duration needs a unit: ns, us, ms, s, m, h or d", Some("took>500ms")),
        ("took>-1s", "no duration is less than nothing", Some("took>1s")),
        ("took:-20ms", "no duration is less than nothing", Some("took>=20ms")),
        ("-wait:2", "a duration needs a unit: ns, us, ms, s, m, h or d", Some("-wait>=2s")),
        ("wait:2s", "say whether wait is more or less", Some("wait>=2s")),
        ("wait>long", "this is no duration: write 500ms, 1.5s, 2m or 1h30m", Some("wait>2s")),
        ("status:wating", "a status is ok, failed, dead_lettered or waiting", Some("status:waiting")),
        ("status:gone", "a status is ok, failed, dead_lettered or waiting", None),
        ("trace:xyz", "a trace id is 32 hex digits, or the first of them", None),
        (
            "user.age>17",
            "attributes such as user.age are texts and have no more or less",
            Some("user.age:17"),
        ),
        ("\"place ord", "a quote is open; close it where the text ends", Some("\"place ord\"")),
        (
            "dest:\"a b service:c",
            "a quote is open; close it where the text ends",
            Some("dest:\"a b service:c\""),
        ),
        ("\"", "a quote is open; close it where the text ends", None),
        ("\"a\\", "a quote is open; close it where the text ends", None),
        ("-", "nothing stands after the minus", None),
        (">1", "a name must stand before `>`, without spaces", None),
    ] {
        let parsed = Query::parse(text);
        assert_eq!(
            parsed.not_understood,
            [Misunderstood {
                text: text.to_owned(),
                why: why.to_owned(),
                suggestion: suggestion.map(str::to_owned)
            }],
            "{text}"
        );
        assert!(parsed.query.is_empty(), "{text}");
    }
}

#[test]
fn the_rest_of_a_search_holds_without_what_was_not_understood() {
    let parsed = Query::parse("service:billing wait>soon attempt>1");
    assert_eq!(parsed.query.to_string(), "service:billing attempt>1");
    assert_eq!(parsed.not_understood.len(), 1);
}

#[test]
fn what_stands_behind_a_thousand_characters_is_said() {
    let parsed = Query::parse(&format!("{} service:b", "a".repeat(1_000)));
    assert_eq!(parsed.query.to_string(), "", "a word of 1,000 characters leaves no room");
    let parsed = Query::parse(&format!("{} service:billing", "é ".repeat(498)));
    assert_eq!(parsed.not_understood.len(), 1);
    assert_eq!(parsed.not_understood[0].text, "vice:billing…");
    assert_eq!(parsed.not_understood[0].why, "only the first 1,000 characters are read");
}

#[test]
fn an_attribute_that_nobody_keeps_is_told_and_left_out() {
    let keys = ["user.id", "session.id", "tenant"];
    let check = |text: &str, query: &str, missed: &[(&str, &str, Option<&str>)]| {
        let parsed = Query::parse_with(&keys, text);
        assert_eq!(parsed.query.to_string(), query, "{text}");
        let told: Vec<_> =
            parsed.not_understood.iter().map(|it| (&*it.text, it.suggestion.as_deref())).collect();
        assert_eq!(told, missed.iter().map(|it| (it.0, it.2)).collect::<Vec<_>>(), "{text}");
        for (told, (_, key, _)) in parsed.not_understood.iter().zip(missed) {
            let expected = format!(
                "{key} is neither a word of the search nor an attribute that is kept; to keep it, start with --tag {key}"
            );
            assert_eq!(told.why, expected, "{text}");
        }
    };
    check("user.id:42 tenant:5 USER.ID:42", "user.id:42 tenant:5 USER.ID:42", &[]);
    check("foo:bar service:a", "service:a", &[("foo:bar", "foo", None)]);
    check("-user.ids=42", "", &[("-user.ids=42", "user.ids", Some("-user.id:42"))]);
    check("\"a b\":5", "", &[("\"a b\":5", "\"a b\"", None)]);
    check("http:x", "", &[("http:x", "http", None)]);
    check("http://x", "\"http://x\"", &[]);
}
