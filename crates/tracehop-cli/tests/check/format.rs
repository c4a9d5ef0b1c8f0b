//! What a file of levels may say.

use tracehop_cli::check::Levels;

#[test]
fn a_file_that_says_everything_is_read() {
    let levels = Levels::parse(
        r#"
        version = 1
        window = "1h"
        [[hop]]
        name = "orders are shipped quickly"
        from = "orders"
        to = "shipments"
        producer = "storefront"
        consumer = "checkout"
        group = "checkout-*"
        handled = { p50 = "100ms", p75 = "200ms", p90 = "300ms", p95 = "500ms", p99 = "2s", max = "1m" }
        waited = { p99 = "1s" }
        errors = "0.5%"
        tries = 3
        at_least = 10
        [[journey]]
        name = "place order"
        search = 'service:checkout "place order"'
        took = { p95 = "3s" }
        waiting = { p95 = "2s" }
        errors = "1%"
        tries = 3
        at_least = 2
        [[message]]
        name = "nothing is lost"
        destination = "orders"
        consumer = "checkout"
        every = ["context", "processed"]
        within = "10s"
        at_least = 5
        "#,
    );
    assert_eq!(levels.expect("a good file").window().as_secs(), 3_600);
}

fn check_told(files: &[(&str, &str)]) {
    for (file, expected) in files {
        let error = Levels::parse(file).expect_err(file).to_string();
        assert_eq!(error, *expected, "{file}");
    }
}

#[test]
fn a_bad_file_is_told_in_one_line_with_its_place() {
    check_told(&[
        ("", "line 1: there is nothing to check: add a [[hop]], a [[journey]] or a [[message]]"),
        (
            "window = \"15m\"",
            "line 1: there is nothing to check: add a [[hop]], a [[journey]] or a [[message]]",
        ),
        ("\nwidnow = \"15m\"", "line 2: `widnow` is not known here; did you mean `window`?"),
        ("hops = []", "line 1: `hops` is not known here; did you mean `hop`?"),
        (
            "colour = \"red\"",
            "line 1: `colour` is not known here; there are version, window, hop, journey, message",
        ),
        ("\nversion = 2\nnew = 1", "line 2: version 2 is not known here; this `tracehop` reads version 1"),
        ("window = 15", "line 1: 15 cannot stand here: it must be a duration in quotes, such as \"500ms\""),
        ("window = \"15\"", "line 1: \"15\": a duration needs a unit: ns, us, ms, s, m, h or d"),
        (
            "window = \"0s\"\n[[journey]]\nsearch = \"\"\ntries = 1",
            "line 1: window: nothing happens in no time; try \"15m\"",
        ),
        ("[[hop]]\ntries = 1", "line 1: `from` is missing"),
        (
            "\n[[hop]]\nfrom = \"orders\"",
            "line 2: this [[hop]] sets no limit: add `handled`, `waited`, `errors` or `tries`",
        ),
        (
            "[[hop]]\nfrom = \"orders\"\nhandled = { p97 = \"1s\" }",
            "line 3: `p97` is not known here; did you mean `p90`?",
        ),
        (
            "[[hop]]\nfrom = \"orders\"\nhandeld = { p95 = \"1s\" }",
            "line 3: `handeld` is not known here; did you mean `handled`?",
        ),
        (
            "[[hop]]\nfrom = \"orders\"\nerrors = 0.01",
            "line 3: 0.01 cannot stand here: it must be a share in quotes, such as \"1%\"",
        ),
        (
            "[[hop]]\nfrom = \"orders\"\nerrors = \"101%\"",
            "line 3: \"101%\" is not a share in quotes, such as \"1%\"",
        ),
        (
            "[[hop]]\nfrom = \"orders\"\nerrors = \"NaN%\"",
            "line 3: \"NaN%\" is not a share in quotes, such as \"1%\"",
        ),
        (
            "[[hop]]\nfrom = \"orders\"\ntries = 1\nat_least = 0",
            "line 4: 0 cannot stand here: it must be a whole number from 1 up: nothing measured is no pass",
        ),
        ("[[journey]]\ntries = 1", "line 1: `search` is missing"),
        (
            "[[journey]]\nsearch = \"\"",
            "line 1: this [[journey]] sets no limit: add `took`, `waiting`, `errors` or `tries`",
        ),
        (
            "[[journey]]\nsearch = \"a servce:x\"\ntries = 1",
            "line 2: `servce:x`: there is no servce; quotes make it an attribute: \"servce\"; did you mean `service:x`?",
        ),
        (
            "[[message]]\ndestination = \"orders\"\nevery = []",
            "line 1: `every` is empty: say [\"context\"], [\"processed\"] or both",
        ),
        (
            "[[message]]\ndestination = \"orders\"\nevery = [\"proccessed\"]",
            "line 3: `proccessed` is not known here; did you mean `processed`?",
        ),
        (
            "[[message]]\ndestination = \"orders\"\nevery = [\"context\"]\ngroup = \"a\"",
            "line 1: a message without context does not say who sent it: `context` goes without `producer` and `group`",
        ),
    ]);
}

#[test]
fn a_value_that_makes_no_sense_is_told_in_plain_words() {
    check_told(&[
        (
            "[[hop]]\nfrom = \"a\"\ntries = 0",
            "line 3: 0 cannot stand here: it must be a whole number from 1 up: the first time is a try, too",
        ),
        (
            "[[hop]]\nfrom = \"a\"\ntries = -1",
            "line 3: -1 cannot stand here: it must be a whole number from 1 up: the first time is a try, too",
        ),
        (
            "[[journey]]\nsearch = \"\"\ntries = \"3\"",
            "line 3: \"3\" cannot stand here: it must be a whole number from 1 up: the first time is a try, too",
        ),
        (
            "[[hop]]\nfrom = \"a\"\nname = \"x, expected y\"\nhandled = \"1s, expected 2s\"",
            "line 4: \"1s, expected 2s\" cannot stand here: it must be limits, such as { p95 = \"500ms\" }",
        ),
        (
            "\n[hop]\nfrom = \"a\"\ntries = 1",
            "line 2: a table cannot stand here: it must be [[hop]], with two brackets on each side",
        ),
        (
            "[message]\ndestination = \"a\"",
            "line 1: a table cannot stand here: it must be [[message]], with two brackets on each side",
        ),
        ("journey = [1]", "line 1: 1 cannot stand here: it must be a table"),
        ("version = -1", "line 1: -1 cannot stand here: it must be a whole number"),
        ("[[hop]]\nfrom = \"a\"\nname = 5", "line 3: 5 cannot stand here: it must be a text in quotes"),
        (
            "[[hop]]\nfrom = \"orders\"\nto = \"Orders\"\nhandled = { max = \"1s\" }",
            "line 1: `to` is the same as `from`: leave it out, or name the destination of the message that follows",
        ),
        (
            "[[message]]\ndestination = \"orders\"\nevery = [\"processed\"]\nwithin = \"0s\"",
            "line 1: `within`: nothing is handled in no time; try \"10s\"",
        ),
        (
            "[[message]]\ndestination = \"orders\"\nevery = \"context\"",
            "line 3: \"context\" cannot stand here: it must be a list in brackets",
        ),
    ]);
}

#[test]
fn what_is_no_toml_is_told_in_one_line() {
    for file in
        ["[[hop", "a = ", "\u{0}", "\"\n\n", "[hop]\n[hop]", "a = \"\\u0000\"\n", &"[".repeat(100_000)]
    {
        let error = Levels::parse(file).expect_err("no TOML").to_string();
        assert!(error.starts_with("line "), "{error}");
        assert!(!error.contains(char::is_control), "{error}");
    }
}
