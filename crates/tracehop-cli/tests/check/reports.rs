//! How a report is printed.

use std::sync::Arc;

use proptest::prelude::*;
use tracehop_cli::check::{Levels, Report};
use tracehop_journey::{HopRecord, JourneySummary};

use crate::samples::{hop, journey, key, now};

const LEVELS: &str = r#"
    [[hop]]
    name = "orders are handled quickly"
    from = "orders"
    handled = { p95 = "500ms", p99 = "100ms" }
    errors = "1.5%"
    [[hop]]
    name = "shipments"
    from = "shipments"
    tries = 3
    at_least = 10
    [[message]]
    name = "a name that is far too long for a column of a table & has <markup> in it"
    destination = "orders"
    every = ["processed"]
"#;

fn report() -> Report {
    let failed = HopRecord { process: key(2, 4), error: Some("timeout".into()), ..hop(2) };
    let failed = JourneySummary { hops: [failed].into(), ..journey(2) };
    Levels::parse(LEVELS).expect("good levels").check(&[Arc::new(journey(1)), Arc::new(failed)], now())
}

#[test]
fn as_a_table() {
    insta::assert_snapshot!(report());
}

#[test]
fn as_json() {
    insta::assert_snapshot!(report().to_json());
}

#[test]
fn as_junit() {
    insta::assert_snapshot!(report().to_junit().expect("XML"));
}

#[test]
fn junit_holds_only_what_xml_may_hold() {
    let levels = "[[hop]]\nname = \"a\\uFFFEb\\uFFFFc\\u0007d\\uFFFD\"\nfrom = \"x\"\ntries = 1";
    let xml = Levels::parse(levels).expect("good levels").check(&[], now()).to_junit().expect("XML");
    let is_allowed = |c: char| matches!(c, '\n' | '\t' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(is_allowed), "{xml:?}");
    assert!(xml.contains("a\u{fffd}b\u{fffd}c"), "{xml}");
}

#[test]
fn one_line_says_what_is_wrong() {
    let sentences: Vec<String> =
        report().findings.iter().map(tracehop_cli::check::Finding::sentence).collect();
    assert_eq!(
        sentences,
        [
            "handled p95 ≤ 500 ms: it is 150 ms, of 1",
            "handled p99 ≤ 100 ms is broken: it is 150 ms, of 1",
            "errors ≤ 1.5% is broken: it is 50%, of 2",
            "tries ≤ 3: only 0 measured, at least 10 are asked for",
            "processed ≥ 100%: it is 100%, of 2",
        ]
    );
}

proptest! {
    #[test]
    fn no_name_breaks_the_table_or_the_xml(name in ".{0,80}", nanos in any::<u64>()) {
        let mut report = report();
        for finding in &mut report.findings {
            finding.level.clone_from(&name);
            finding.count = nanos;
            finding.measured = Some(tracehop_cli::check::Amount::Length(std::time::Duration::from_nanos(nanos)));
            finding.limit = tracehop_cli::check::Amount::Length(std::time::Duration::from_nanos(nanos));
        }
        for line in report.to_string().lines() {
            prop_assert!(line.chars().count() <= 100, "{}", line);
            prop_assert!(!line.contains(char::is_control), "{}", line);
        }
        let xml = report.to_junit().expect("XML");
        prop_assert!(!xml.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{7f}'..='\u{9f}')), "{}", xml);
        prop_assert_eq!(xml.matches("<testcase ").count(), report.findings.len());
    }
}
