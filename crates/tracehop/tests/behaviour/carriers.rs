//! Carriers: what the traits do for those who implement them, and the carriers that come with the crate.

use std::collections::HashMap;

use tracehop::{
    Carrier, CarrierError, CarrierMut, CreationContext, HeaderNames, HeaderPatch, Initials, MemoryHeaders,
    MessagePropagator, MessagingTracer, Transport,
};
use tracehop_testing::carrier_conformance;

use crate::mail::{TRACEPARENT, headers_of, recorded, value};

// A map holds no repeats, no nulls, and no values that are not UTF-8.
carrier_conformance!(map_of_strings, HashMap<String, String>, not_representable: 61);

/// Headers of a transport that delivers `traceparent` under other names too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Renaming(pub(crate) MemoryHeaders);

/// The second and the third are as long as `traceparent` and `tracestate`, the fourth as `baggage`.
const ALIASES: [&str; 4] = ["mail-trace-parent", "mail-parent", "mailparent", "parents"];

const RENAMING: Transport = Transport::LIST.with_aliases(&ALIASES).with_cloud_events_prefix("mail:");

impl Carrier for Renaming {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.0.for_each(f);
    }

    fn transport(&self) -> Transport {
        RENAMING
    }
}

impl CarrierMut for Renaming {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.0.apply(patch)
    }
}

fn creation_of(carrier: &impl Carrier) -> CreationContext {
    MessagePropagator::default().extract(carrier).creation
}

fn traceparent_of(span_id: u8) -> String {
    format!("00-0af7651916cd43dd8448eb211c80319c-{span_id:016x}-01")
}

#[test]
fn values_are_those_under_exactly_the_name_that_are_not_null() {
    let headers = MemoryHeaders::from_iter([
        ("tag", Some("1")),
        ("Tag", Some("2")),
        ("tag", None),
        ("tag", Some("")),
        ("tags", Some("3")),
        ("tag", Some("4")),
    ]);
    let values = |carrier: &dyn Carrier, name: &str| {
        let mut values = Vec::new();
        carrier.values(name, &mut |value| values.push(String::from_utf8_lossy(value).into_owned()));
        values
    };
    for (name, expected) in
        [("tag", &["1", "", "4"][..]), ("Tag", &["2"]), ("TAG", &[]), ("", &[]), ("tags", &["3"])]
    {
        assert_eq!(values(&headers, name), expected, "{name:?}");
        assert_eq!(values(&&headers, name), expected, "{name:?}");
        assert_eq!(values(&Some(headers.clone()), name), expected, "{name:?}");
    }
    let map = HashMap::from([("tag".to_owned(), "1".to_owned()), ("Tag".to_owned(), "2".to_owned())]);
    assert_eq!(values(&map, "tag"), ["1"]);
    assert_eq!(values(&None::<MemoryHeaders>, "tag"), [""; 0]);
}

#[test]
fn a_carrier_has_no_other_names_unless_it_says_so() {
    let headers = headers_of([("traceparent", TRACEPARENT)]);
    assert_eq!(headers.transport(), Transport::LIST);
    assert_eq!(HashMap::<String, String>::new().transport(), Transport::MAP);
    assert_eq!(None::<Renaming>.transport(), Transport::LIST);
    assert_eq!((Transport::LIST.aliases, Transport::MAP.aliases), (&[""; 0][..], &[""; 0][..]));
}

#[test]
fn through_references_and_options_a_carrier_is_the_same() {
    fn check(carrier: impl Carrier, why: &str) {
        assert_eq!(carrier.transport(), RENAMING, "{why}");
        let mut names = Vec::new();
        carrier.for_each(&mut |name, _| names.push(String::from_utf8_lossy(name).into_owned()));
        assert_eq!(names, ["mail-parent", "tenant"], "{why}");
        assert_eq!(creation_of(&carrier).to_string(), TRACEPARENT, "{why}");
    }
    let mut headers = Renaming(headers_of([("mail-parent", TRACEPARENT), ("tenant", "a")]));
    check(&headers, "a reference");
    check(&mut headers, "a mutable reference");
    check(Some(&headers), "an option");
    check(Some(headers.clone()), "an option that owns");
    check(headers, "itself");
}

#[test]
fn no_headers_are_a_carrier_without_any() {
    None::<MemoryHeaders>.for_each(&mut |_, _| panic!("there is none"));
    assert_eq!(creation_of(&None::<MemoryHeaders>), CreationContext::NONE);
}

#[test]
fn through_a_mutable_reference_headers_are_written() {
    fn inject(tracer: &MessagingTracer, mut carrier: impl CarrierMut) {
        tracer.inject(&mut carrier).unwrap();
    }
    let tracer = MessagingTracer::global();
    let _active = TRACEPARENT.parse::<CreationContext>().unwrap().to_context().attach();
    let mut headers = headers_of([("tenant", "a")]);
    inject(&tracer, &mut headers);
    assert_eq!(headers, headers_of([("tenant", "a"), ("traceparent", TRACEPARENT)]));
}

#[test]
fn under_another_name_the_context_is_found_if_there_is_no_better() {
    // Each row: the headers in their order, each with its own span; and which of them counts.
    for (names, expected, reason) in [
        (&["mail-parent"][..], Some("mail-parent"), "a known other name"),
        (&["mail-trace-parent"], Some("mail-trace-parent"), "of any length"),
        (&["mailparent"], Some("mailparent"), "also one as long as tracestate"),
        (&["parents"], Some("parents"), "also one as long as baggage"),
        (&["mail-parents"], None, "a name that nobody gave"),
        (&["Mail-Parent"], Some("Mail-Parent"), "in any letter case"),
        (
            &["traceparenT", "mail-parent"],
            Some("traceparenT"),
            "another letter case goes before another name",
        ),
        (&["mail-parent", "traceparenT"], Some("traceparenT"), "wherever it stands"),
        (&["traceparent", "mail-parent"], Some("traceparent"), "the right name goes before all"),
        (&["mail-parent", "traceparent", "Traceparent"], Some("traceparent"), "wherever it stands"),
        (&["mail-trace-parent", "traceparent"], Some("traceparent"), "also before the first of other names"),
        (&["traceparent", "mail-trace-parent"], Some("traceparent"), "wherever it stands"),
        (&["mail-trace-parent", "traceparenT"], Some("traceparenT"), "as does another letter case"),
        (&["traceparenT", "mail-trace-parent"], Some("traceparenT"), "wherever it stands"),
        (&["mail-parent", "mail-trace-parent"], Some("mail-trace-parent"), "other names go in their order"),
        (&["parents", "mailparent", "mail-parent"], Some("mail-parent"), "and not in that of the headers"),
        (&["mail-trace-parent", "parents"], Some("mail-trace-parent"), "and not in that of the headers"),
    ] {
        let headers = names.iter().zip(1..).map(|(name, place)| (*name, Some(traceparent_of(place))));
        let carrier = Renaming(headers.collect());
        let extracted = MessagePropagator::default().extract(&carrier);
        let found = expected.map(|name| value(&carrier.0, name).unwrap()).unwrap_or_default();
        assert_eq!(extracted.creation.to_string(), found, "{names:?}: {reason}");
        assert!(extracted.problems.is_empty(), "{names:?}: {reason}");
    }
}

#[test]
fn under_another_name_there_is_a_traceparent_only() {
    let carrier = Renaming(headers_of([("parents", TRACEPARENT), ("mailparent", "vendor=1")]));
    // What is malformed under the worse name is no problem of the better one; the same the other way round is one.
    let extracted = MessagePropagator::default().extract(&carrier);
    assert!(!extracted.creation.is_valid() && extracted.creation.tracestate().is_none());
    let carrier = Renaming(headers_of([("mailparent", TRACEPARENT), ("parents", "vendor=1")]));
    let extracted = MessagePropagator::default().extract(&carrier);
    assert_eq!(extracted.creation.to_string(), TRACEPARENT);
    assert!(extracted.problems.is_empty());
}

#[test]
fn a_context_in_another_letter_case_is_kept_when_sending_and_one_under_another_name_is_none() {
    for (name, is_kept) in
        [("Traceparent", true), ("TRACEPARENT", true), ("mail-parent", false), ("parents", false)]
    {
        let (spans, post) = recorded();
        let mut carrier = Renaming(headers_of([(name, TRACEPARENT)]));
        let orders = tracehop::MessageInfo::to(tracehop::Destination::named("orders"));
        post.client.send(&orders, &mut carrier).end();
        let left = value(&carrier.0, name);
        assert_eq!(left.as_deref(), is_kept.then_some(TRACEPARENT), "{name}");
        assert_eq!(value(&carrier.0, "traceparent").is_some(), !is_kept, "{name}");
        spans.assert_tree(if is_kept {
            "send orders  CLIENT  links: (remote)"
        } else {
            "send orders  PRODUCER"
        });
    }
}

/// A header whose name is not UTF-8.
struct Bytes;

impl Carrier for Bytes {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        f(b"photo\xff", Some(b"1"));
    }
}

#[test]
fn the_names_of_a_carriers_headers_can_be_printed_and_values_cannot() {
    let mut headers = headers_of([("tenant", "alice"), ("tag", "1"), ("tag", "2")]);
    headers.push("flag", None::<&str>);
    let expected = r#"["tenant", "tag", "tag", "flag"]"#;
    assert_eq!(format!("{:?}", HeaderNames(&headers)), expected);
    assert_eq!(format!("{:?}", HeaderNames(&headers as &dyn Carrier)), expected);
    assert_eq!(format!("{headers:?}"), expected);
    let map = HashMap::from([("tenant".to_owned(), "alice".to_owned())]);
    assert_eq!(format!("{:?}", HeaderNames(&map)), r#"["tenant"]"#);
    assert_eq!(format!("{:?}", HeaderNames(&Bytes)), "[\"photo\u{fffd}\"]");
}

#[test]
fn new_headers_are_none() {
    assert!(MemoryHeaders::new().is_empty());
}

#[test]
fn initials_are_the_first_bytes_of_the_names_in_either_letter_case() {
    for names in [
        &[][..],
        &["traceparent"],
        &["traceparent", "tracestate", "baggage"],
        &["Traceparent", "BAGGAGE"],
        &["a", "z", "M"],
        &["-x"],
        &["1", "b"],
        &["`", "{", "@", "["],
        &[""],
        &["é"],
    ] {
        let initials = Initials::of(names.iter().copied());
        let one_by_one = names.iter().fold(Initials::of([]), |initials, name| initials.with(name));
        assert_eq!(initials, one_by_one);
        for byte in 0..=u8::MAX {
            let is_initial = names.iter().any(|name| match name.as_bytes().first() {
                Some(first) if first.is_ascii_alphabetic() => first.eq_ignore_ascii_case(&byte),
                // Whatever else a name begins with stands for all that is no letter.
                _ => !byte.is_ascii_alphabetic(),
            });
            assert_eq!(initials.contains(byte), is_initial, "{names:?} and {byte:#x}");
        }
    }
}

/// Headers that are only shown if their names begin as they should.
struct Skipping(MemoryHeaders);

impl Carrier for Skipping {
    fn for_each(&self, _: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        panic!("not all of them are asked for");
    }

    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.0.for_each(&mut |name, value| {
            if name.first().is_some_and(|byte| initials.contains(*byte)) {
                f(name, value);
            }
        });
    }

    fn transport(&self) -> Transport {
        RENAMING
    }
}

#[test]
fn a_carrier_may_pass_over_names_that_begin_otherwise() {
    for name in ["traceparent", "Traceparent", "mail-parent", "parents"] {
        let headers =
            headers_of([("x", "1"), (name, TRACEPARENT), ("", "1"), ("Baggage", "tenant=a"), ("1", "1")]);
        let expected = creation_of(&Renaming(headers.clone()));
        assert!(expected.is_valid() && expected.baggage().len() == 1);
        let mut carrier = Skipping(headers);
        assert_eq!(creation_of(&carrier), expected, "{name}");
        assert_eq!(creation_of(&&carrier), expected, "{name}");
        assert_eq!(creation_of(&&mut carrier), expected, "{name}");
        assert_eq!(creation_of(&Some(carrier)), expected, "{name}");
    }
}

#[test]
fn a_carrier_that_does_not_look_at_initials_shows_all_its_headers() {
    let headers = headers_of([("tenant", "a"), ("traceparent", TRACEPARENT), ("", "1")]);
    let mut names = Vec::new();
    let mut note = |name: &[u8], _: Option<&[u8]>| names.push(String::from_utf8_lossy(name).into_owned());
    headers.for_each_beginning(Initials::of(["x"]), &mut note);
    None::<MemoryHeaders>.for_each_beginning(Initials::of(["x"]), &mut note);
    assert_eq!(names, ["tenant", "traceparent", ""]);
}
