//! What stands in the command line.

use tracehop_cli::sources::{Header, Source, trace_id};

use crate::recorded::refused;

#[test]
fn sources_are_named_by_kind_and_place() {
    for text in [
        "view=http://127.0.0.1:7070",
        "jaeger=https://tools.example.com/jaeger",
        "tempo=http://[::1]:3200",
        "file=a=b.json",
    ] {
        assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
    }
    assert_eq!("jaeger=http://j:1/".parse::<Source>().unwrap().to_string(), "jaeger=http://j:1");
    for (text, expected) in [
        ("", "\"\" names no source: write view=URL"),
        ("http://localhost:16686", "names no source: write view=URL"),
        ("zipkin=http://localhost", "names no source"),
        ("file=", "names no source"),
        ("jaeger=", "it is no address"),
        ("jaeger=localhost:16686", "it starts with neither http:// nor https://"),
        ("jaeger=ftp://localhost", "it starts with neither http:// nor https://"),
        ("tempo=http://a b", "it is no address"),
        ("tempo=http://a/?x=1", "it may have no ? and no #"),
        ("tempo=http://me:secret@a/", "give --header \"Authorization: Basic …\" instead"),
    ] {
        let error = text.parse::<Source>().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn headers_have_a_name_and_keep_their_value_secret() {
    let header: Header = "Authorization: Bearer secret".parse().unwrap();
    assert_eq!(format!("{header:?}"), "authorization: …");
    for text in ["", "Authorization", "a b: c", "a: b\r\nc: d", ": x"] {
        assert!(text.parse::<Header>().is_err(), "{text:?}");
    }
}

#[test]
fn a_trace_is_named_as_people_copy_it() {
    let whole = "4bf92f3577b34da6a3ce929d0e0e4736";
    for text in [
        whole,
        " 4BF92F3577B34DA6A3CE929D0E0E4736\n",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
    ] {
        assert_eq!(trace_id(text).unwrap().to_string(), whole, "{text}");
    }
    assert_eq!(trace_id("a1").unwrap().to_string(), "000000000000000000000000000000a1");
    for text in
        ["", "0", "xyz", "+1", "4bf92f3577b34da6a3ce929d0e0e47361", "4bf9-1", "a-b-c", &"a".repeat(10_000)]
    {
        let error = trace_id(text).unwrap_err().to_string();
        assert!(error.contains("is no trace id: it has 32 hex digits") && error.len() < 300, "{error}");
    }
}

#[test]
fn a_bad_command_line_says_what_to_write() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert!(refused(&["nonsense"]).contains("is no trace id"));
    assert!(refused(&[trace, "--from", "zipkin=x"]).contains("write view=URL, jaeger=URL"));
    assert!(refused(&[trace, "--header", "nonsense"]).contains("a header is a name, a colon and a value"));
    assert!(refused(&[trace, "--journeys", "0"]).contains("0 is not in 1.."));
    assert!(refused(&[trace, "--json", "--otlp"]).contains("cannot be used with"));
}
