//! How much a transport takes.

use opentelemetry::propagation::Injector;
use tracehop::{HeaderPatch, Room};

/// A patch of 12 bytes as [`lacks`] counts them; the second header is the longer one.
fn patch() -> HeaderPatch {
    let mut patch = HeaderPatch::default();
    for (name, value) in [("b3", "0"), ("uber", "12345"), ("gone", "")] {
        patch.set(name, value.to_owned());
    }
    patch
}

fn lacks(room: Room, patch: &HeaderPatch, kept: usize) -> Option<&str> {
    room.lacks(patch, |name, value| name.len() + value.len(), || kept)
}

#[test]
fn headers_fit_if_they_and_what_stays_take_no_more_than_there_is() {
    for (room, kept, expected, reason) in [
        (Room::Unlimited, usize::MAX, None, "any number of bytes"),
        (Room::Bytes(12), 0, None, "to the last byte"),
        (Room::Bytes(11), 0, Some("uber"), "a byte too many"),
        (Room::Bytes(20), 8, None, "with what stays, to the last byte"),
        (Room::Bytes(20), 9, Some("uber"), "with what stays, a byte too many"),
        (Room::Bytes(usize::MAX - 1), usize::MAX, Some("uber"), "more than can be counted is too many"),
        (Room::Bytes(usize::MAX), usize::MAX, None, "nor is there more than can be counted"),
        (Room::Bytes(0), 0, Some("uber"), "none at all"),
        (Room::None, 0, Some("uber"), "no headers"),
    ] {
        assert_eq!(lacks(room, &patch(), kept), expected, "{room:?} beside {kept}: {reason}");
    }
}

#[test]
fn what_only_removes_headers_has_room_everywhere() {
    let mut removes = HeaderPatch::default();
    removes.set("b3", String::new());
    for patch in [HeaderPatch::default(), removes] {
        for room in [Room::Unlimited, Room::Bytes(0), Room::None] {
            assert_eq!(lacks(room, &patch, 100), None, "{room:?}");
        }
    }
}

#[test]
fn nobody_looks_at_what_stays_if_it_does_not_matter() {
    for room in [Room::Unlimited, Room::None] {
        room.lacks(&patch(), |_, _| panic!("nobody counts"), || panic!("nobody counts"));
    }
}
