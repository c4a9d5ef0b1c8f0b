//! Which journey, in which form, and where.

use std::fs;

use tracehop_journey::otlp::{spans_of, traces_from_json};

use crate::commands::{export, export_to, refused};
use crate::journey_file::{SECOND, TRACE, folder, from};

#[test]
fn the_name_of_the_file_says_the_form() {
    let (folder, sent) = folder();
    for (name, begins) in
        [("a.html", "<!DOCTYPE html>"), ("b.json", "{\"resourceSpans\""), ("c.JSON", "{"), ("d", "<!")]
    {
        let path = folder.path().join(name);
        let ran = export(&[TRACE, "--from", &from(&sent), "--out", path.to_str().unwrap()]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        assert_eq!(ran.err, format!("note: {} was written.\n", path.display()));
        assert!(fs::read_to_string(&path).unwrap().starts_with(begins), "{name}");
    }
    let path = folder.path().join("e.json");
    export(&[TRACE, "--from", &from(&sent), "--out", path.to_str().unwrap(), "--format", "html"]);
    assert!(fs::read_to_string(&path).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_journey_is_picked_by_each_of_its_traces_and_by_its_id() {
    let (_folder, sent) = folder();
    for picked in [TRACE, SECOND, &format!("{TRACE}-00f067aa0ba90201")] {
        let ran = export(&[picked, "--from", &from(&sent), "--format", "otlp"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{picked}");
        let spans = spans_of(traces_from_json(ran.out.as_bytes()).unwrap()).spans;
        assert_eq!(spans.len(), 3, "{picked}");
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let (_folder, sent) = folder();
    let check = |arguments: &[&str], code, expected: &str| {
        let ran = export(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{arguments:?}");
        assert!(ran.err.contains(expected), "{}", ran.err);
    };
    let from = from(&sent);
    check(&["ffffffffffffffffffffffffffffffff", "--from", &from], 1, "has no trace ffff");
    check(&[&format!("{TRACE}-ffffffffffffffff"), "--from", &from], 1, "there is no journey 0af7");
    check(&[TRACE, "--from", "file=/nowhere"], 2, "/nowhere cannot be read: ");
    check(
        &[TRACE, "--from", &from, "--out", "/nowhere/at/all.html"],
        2,
        "/nowhere/at/all.html cannot be written: ",
    );
    assert!(refused(&[TRACE, "--redact", "user.email"]).contains("write drop:KEY, mask:KEY or hash:KEY"));
    assert!(refused(&[TRACE, "--redact-key", "short"]).contains("too short"));
    assert!(refused(&["nonsense"]).contains("is no trace id"));
}

/// What `head` leaves behind when it has seen enough.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn who_has_seen_enough_hears_no_complaint() {
    let (_folder, sent) = folder();
    let mut err = Vec::new();
    let code = export_to(&[TRACE, "--from", &from(&sent)], &mut Closed, &mut err);
    assert_eq!((code, String::from_utf8(err).unwrap().as_str()), (0, ""));
}
