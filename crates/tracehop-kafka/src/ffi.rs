//! The one unsafe file: what rdkafka's safe API cannot do, or does by panicking.
//!
//! - Reading headers by index panics in rdkafka if a *name* is not UTF-8; one such message, redelivered for ever, would
//!   stop its consumer. librdkafka hands names out as bytes.
//! - rdkafka has no way to remove a header, to ask a client for its configuration, or to ask group metadata for its group.
//!
//! Every function takes and returns safe types, and says for each pointer why it is valid for as long as it is used.

#![allow(unsafe_code, reason = "see the module documentation; nothing else in the workspace may")]

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::OnceLock;

use rdkafka::bindings as rd;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::IsError;
use rdkafka::message::{BorrowedHeaders, OwnedHeaders};

/// rdkafka's `BorrowedHeaders` is an opaque view: a reference to it *is* the pointer to librdkafka's list
/// (`BorrowedHeaders::from_native_ptr`). A test below would notice if that changed.
fn list(headers: &BorrowedHeaders) -> *const rd::rd_kafka_headers_t {
    ptr::from_ref(headers).cast()
}

/// Calls `f` with each header, in order. Names are bytes: they need not be UTF-8, and may hold zero bytes.
pub(crate) fn for_each<'h>(headers: &'h BorrowedHeaders, mut f: impl FnMut(&'h [u8], Option<&'h [u8]>)) {
    for_each_with_c_name(headers, |name, _, value| f(name, value));
}

/// The same with each name a second time, as a C string shows it: up to its first zero byte.
pub(crate) fn for_each_with_c_name<'h>(
    headers: &'h BorrowedHeaders,
    f: impl FnMut(&'h [u8], &'h [u8], Option<&'h [u8]>),
) {
    walk(headers, |_| true, f);
}

/// [`for_each`] of those headers of whose name `begins` likes the first byte. librdkafka does not tell how long a name is, so
/// that it must be measured; the first byte, which is zero for the empty name, is there at once.
#[inline]
pub(crate) fn for_each_beginning<'h>(
    headers: &'h BorrowedHeaders,
    begins: impl Fn(u8) -> bool,
    mut f: impl FnMut(&'h [u8], Option<&'h [u8]>),
) {
    walk(headers, begins, |name, _, value| f(name, value));
}

#[inline]
fn walk<'h>(
    headers: &'h BorrowedHeaders,
    begins: impl Fn(u8) -> bool,
    mut f: impl FnMut(&'h [u8], &'h [u8], Option<&'h [u8]>),
) {
    for index in 0.. {
        let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
        // SAFETY: the list lives as long as `headers` is borrowed; the out-pointers are to locals.
        let error = unsafe {
            rd::rd_kafka_header_get_all(list(headers), index, &raw mut name, &raw mut value, &raw mut size)
        };
        if error.is_error() {
            return;
        }
        #[cfg(test)]
        work::add(1);
        // SAFETY: on success the name is a C string, so that it has a first byte, if only the zero that ends it.
        if !begins(unsafe { *name.cast() }) {
            continue;
        }
        // SAFETY: on success the name is a C string owned by the list, which nothing changes while it is borrowed.
        let c_name = unsafe { CStr::from_ptr(name) }.to_bytes();
        let whole = if value.addr() == name.addr() + c_name.len() + 1 {
            c_name
        } else {
            // SAFETY: the value is of the header whose name this is.
            unsafe { whole_name(c_name, value) }
        };
        // SAFETY: as for the name; `value` and `size` came from the same call.
        f(whole, c_name, unsafe { bytes(value, size) });
    }
}

/// A name whose value does not stand where the name ends for C. librdkafka shows a name as a C string only, which ends at the
/// first zero byte; clients in other languages can send names that hold one, and each is another header. It is the name that C
/// shows if it is no such name, or if nothing is known of it, because the value is null.
///
/// # Safety
///
/// `c_name` and `value` are those of one header of a list that lives and stays unchanged as long as the name is borrowed.
#[cold]
#[inline(never)]
unsafe fn whole_name(c_name: &[u8], value: *const c_void) -> &[u8] {
    match gap(c_name.as_ptr().cast(), value) {
        Some(length) if values_follow_names() => {
            // SAFETY: librdkafka copies a name, a zero byte and the value one behind another into one block, as was just asked.
            // So all bytes from the name up to the value are the name and the zero byte that ends it.
            unsafe { std::slice::from_raw_parts(c_name.as_ptr(), length) }
        }
        _ => c_name,
    }
}

/// How long a name is if its value follows the zero byte that ends it. The addresses are compared as numbers.
fn gap(name: *const c_char, value: *const c_void) -> Option<usize> {
    value.addr().checked_sub(name.addr())?.checked_sub(1)
}

/// Whether librdkafka puts a value behind the zero byte that ends its name. It has always done so, and promises it nowhere: a
/// release that does something else must not make a header another one. Then names end at their first zero byte, as C shows
/// them, and no context is lost. It is asked only where a name may hold a zero byte, which no honest client writes.
fn values_follow_names() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let long = vec![b'x'; 70_000];
        let texts: [&[u8]; 6] = [b"", b"\0", b"text", b"traceparent\0x", &[b'x'; 300], &long];
        texts.iter().all(|name| texts.iter().all(|value| value_follows(name, value)))
    })
}

fn value_follows(name: &[u8], value: &[u8]) -> bool {
    let mut headers = OwnedHeaders::new_with_capacity(1);
    push(&mut headers, name, Some(value));
    let (mut at, mut value, mut size) = (ptr::null(), ptr::null(), 0);
    // SAFETY: the list lives as long as `headers`; the out-pointers are to locals, and are not followed.
    let error = unsafe {
        rd::rd_kafka_header_get_all(
            list(headers.as_borrowed()),
            0,
            &raw mut at,
            &raw mut value,
            &raw mut size,
        )
    };
    !error.is_error() && gap(at, value) == Some(name.len())
}

/// # Safety
///
/// `value` is null, or points to `size` bytes that live and stay unchanged for `'h`.
unsafe fn bytes<'h>(value: *const c_void, size: usize) -> Option<&'h [u8]> {
    // SAFETY: the caller's promise.
    (!value.is_null()).then(|| unsafe { std::slice::from_raw_parts(value.cast(), size) })
}

/// How many headers there are.
pub(crate) fn count(headers: &BorrowedHeaders) -> usize {
    // SAFETY: the list lives as long as `headers` is borrowed.
    unsafe { rd::rd_kafka_header_cnt(list(headers)) }
}

/// Removes all headers of this name, and those that librdkafka takes for them: it compares names as C strings, so that
/// `tenant\0x` goes with `tenant`.
pub(crate) fn remove(headers: &mut OwnedHeaders, name: &CStr) {
    #[cfg(test)]
    work::add(count(headers.as_borrowed()));
    // SAFETY: `headers` is borrowed mutably, so nobody holds a reference into the list that is edited; lists that
    // `OwnedHeaders` owns are writable. A name that is not there is reported as an error, which is as good.
    let _ = unsafe { rd::rd_kafka_header_remove(list(headers.as_borrowed()).cast_mut(), name.as_ptr()) };
}

/// A copy of those headers whose names `keeps` likes, in order. A null header's name is copied up to its first zero byte, since
/// nothing tells how long it is.
pub(crate) fn copy_if(headers: &BorrowedHeaders, keeps: impl Fn(&[u8]) -> bool) -> OwnedHeaders {
    let mut copy = OwnedHeaders::new_with_capacity(count(headers));
    for_each(headers, |name, value| {
        if keeps(name) {
            push(&mut copy, name, value);
        }
    });
    copy
}

/// Appends a header whose name need not be UTF-8, as clients in other languages can.
pub(crate) fn push(headers: &mut OwnedHeaders, name: &[u8], value: Option<&[u8]>) {
    let (pointer, size) =
        value.map_or((ptr::null(), 0), |value| (value.as_ptr().cast::<c_void>(), value.len()));
    let list = list(headers.as_borrowed()).cast_mut();
    // SAFETY: as for `remove`; name and value are copied, and are as long as said. It fails for no name and value in memory.
    unsafe {
        rd::rd_kafka_header_add(
            list,
            name.as_ptr().cast(),
            name.len().cast_signed(),
            pointer,
            size.cast_signed(),
        );
    }
}

/// A configuration property of a client.
pub(crate) fn config<C: ClientContext>(client: &Client<C>, key: &str) -> Option<String> {
    let key = CString::new(key).ok()?;
    // SAFETY: the client lives as long as it is borrowed, and owns its configuration.
    let conf = unsafe { rd::rd_kafka_conf(client.native_ptr()) };
    let mut size = 0;
    // SAFETY: `conf` is the client's; a null destination asks for the size only.
    let result = unsafe { rd::rd_kafka_conf_get(conf, key.as_ptr(), ptr::null_mut(), &raw mut size) };
    if result != rd::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK {
        return None;
    }
    let mut buffer = vec![0_u8; size];
    // SAFETY: `buffer` has the size that librdkafka asked for and is told.
    let result =
        unsafe { rd::rd_kafka_conf_get(conf, key.as_ptr(), buffer.as_mut_ptr().cast(), &raw mut size) };
    if result != rd::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK {
        return None;
    }
    CStr::from_bytes_until_nul(&buffer).ok()?.to_str().ok().map(str::to_owned)
}

/// The group that a consumer's metadata is of.
///
/// rdkafka's `ConsumerGroupMetadata` is one owning, non-null pointer to librdkafka's, and shows it to nobody. What can be
/// checked of that is checked here when this is compiled: its size, and that null is no value of it. A test below would
/// notice if the pointer were another.
pub(crate) fn group_id(metadata: &ConsumerGroupMetadata) -> Option<&str> {
    type Native = *const rd::rd_kafka_consumer_group_metadata_t;
    const {
        assert!(size_of::<ConsumerGroupMetadata>() == size_of::<Native>());
        assert!(align_of::<ConsumerGroupMetadata>() == align_of::<Native>());
        assert!(size_of::<Option<ConsumerGroupMetadata>>() == size_of::<Native>());
    }
    // SAFETY: it is a pointer, as said above, of the same size and alignment, and initialised.
    let native = unsafe { ptr::from_ref(metadata).cast::<Native>().read() };
    // SAFETY: `metadata` owns it, and is borrowed.
    let group = unsafe { rd::rd_kafka_consumer_group_metadata_group_id(native) };
    if group.is_null() {
        return None;
    }
    // SAFETY: librdkafka gives a C string that lives as long as the metadata, and does not change.
    unsafe { CStr::from_ptr(group) }.to_str().ok()
}

/// Lets consumer groups of the mock cluster that `client` hosts form at once, not after three seconds.
#[cfg(feature = "embedded")]
pub(crate) fn form_groups_at_once<C: ClientContext>(client: &Client<C>) {
    // SAFETY: the client lives as long as it is borrowed; its mock cluster lives as long as the client.
    unsafe {
        let cluster = rd::rd_kafka_handle_mock_cluster(client.native_ptr());
        if !cluster.is_null() {
            rd::rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0);
        }
    }
}

/// How many headers this thread has looked at: by itself, or through librdkafka, which looks at all of them to remove one.
#[cfg(test)]
pub(crate) mod work {
    use std::cell::Cell;

    thread_local! {
        static DONE: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(headers: usize) {
        DONE.set(DONE.get() + headers);
    }

    /// How many of them `f` looks at.
    pub(crate) fn of(f: impl FnOnce()) -> usize {
        let before = DONE.get();
        f();
        DONE.get() - before
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::message::{Header, Headers};

    use super::*;

    fn headers() -> OwnedHeaders {
        OwnedHeaders::new()
            .insert(Header { key: "a", value: Some("1") })
            .insert(Header { key: "b", value: None::<&str> })
            .insert(Header { key: "a", value: Some("2") })
    }

    #[test]
    fn a_view_of_headers_is_the_pointer_to_librdkafkas_list() {
        let headers = headers();
        assert_eq!(count(headers.as_borrowed()), headers.count());
        let mut seen = Vec::new();
        for_each(headers.as_borrowed(), |name, value| seen.push((name, value)));
        assert_eq!(seen, [(&b"a"[..], Some(&b"1"[..])), (b"b", None), (b"a", Some(b"2"))]);
    }

    #[test]
    fn removing_takes_every_header_of_the_name_and_no_other() {
        let mut headers = headers();
        remove(&mut headers, c"a");
        remove(&mut headers, c"absent");
        assert_eq!(headers.count(), 1);
    }

    /// If this fails, librdkafka lays headers out in another way: names with a zero byte are taken for what stands before it.
    #[test]
    fn a_value_stands_behind_its_name() {
        assert!(values_follow_names());
    }

    #[test]
    fn names_are_whole_although_they_hold_zero_bytes() {
        let names: [&[u8]; 7] = [b"", b"\0", b"\0\0a", b"a\0", b"a\0b", b"a", b"a\0\0"];
        for value in [&b""[..], b"\0", b"1", &[b'1'; 4096]] {
            let mut headers = OwnedHeaders::new();
            for name in names {
                push(&mut headers, name, Some(value));
            }
            let mut seen = Vec::new();
            for_each(headers.as_borrowed(), |name, found| {
                assert_eq!(found, Some(value));
                seen.push(name);
            });
            assert_eq!(seen, names);
            let copy = copy_if(headers.as_borrowed(), |name| name != b"a");
            let mut seen = Vec::new();
            for_each_with_c_name(copy.as_borrowed(), |name, c_name, _| seen.push((name, c_name)));
            let expected: [(&[u8], &[u8]); 6] = [
                (b"", b""),
                (b"\0", b""),
                (b"\0\0a", b""),
                (b"a\0", b"a"),
                (b"a\0b", b"a"),
                (b"a\0\0", b"a"),
            ];
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn the_name_of_a_null_header_ends_at_a_zero_byte() {
        let mut headers = OwnedHeaders::new();
        push(&mut headers, b"a\0b", None);
        let mut seen = Vec::new();
        for_each(headers.as_borrowed(), |name, value| seen.push((name, value)));
        assert_eq!(seen, [(&b"a"[..], None)]);
    }

    #[test]
    fn group_metadata_is_the_pointer_to_librdkafkas() {
        use rdkafka::ClientConfig;
        use rdkafka::consumer::{BaseConsumer, Consumer};

        for group in ["billing", "gruppe-ä"] {
            let consumer: BaseConsumer = ClientConfig::new().set("group.id", group).create().unwrap();
            let metadata = consumer.group_metadata();
            assert_eq!(metadata.as_ref().and_then(group_id).unwrap_or_default(), group);
        }
    }
}
