//! The one unsafe file: what rdkafka's safe API cannot do, or does by panicking.
//!
//! - Reading headers by index panics in rdkafka if a *name* is not UTF-8; one such message, redelivered for ever, would
//!   stop its consumer. librdkafka hands names out as bytes.
//! - rdkafka has no way to remove a header, to ask a client for its configuration, or to ask group metadata for its group.
//!
//! Every function takes and returns safe types, and says for each pointer why it is valid for as long as it is used.

#![allow(unsafe_code, reason = "see the module documentation; nothing else in the workspace may")]

use std::ffi::{CStr, CString, c_void};
use std::ptr;

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

/// Calls `f` with each header, in order. Names are bytes: they need not be UTF-8.
pub(crate) fn for_each<'h>(headers: &'h BorrowedHeaders, f: impl FnMut(&'h [u8], Option<&'h [u8]>)) {
    for_each_beginning(headers, |_| true, f);
}

/// The same for those headers of whose name `begins` likes the first byte. librdkafka does not tell how long a name is, so
/// that it must be measured; the first byte, which is zero for the empty name, is there at once.
#[inline]
pub(crate) fn for_each_beginning<'h>(
    headers: &'h BorrowedHeaders,
    begins: impl Fn(u8) -> bool,
    mut f: impl FnMut(&'h [u8], Option<&'h [u8]>),
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
        // SAFETY: on success the name is a C string, so that it has a first byte, if only the zero that ends it.
        if !begins(unsafe { *name.cast() }) {
            continue;
        }
        // SAFETY: on success the name is a C string owned by the list, which nothing changes while it is borrowed.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes();
        // SAFETY: as for the name; `value` and `size` came from the same call.
        f(name, unsafe { bytes(value, size) });
    }
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

/// Removes all headers of exactly this name.
pub(crate) fn remove(headers: &mut OwnedHeaders, name: &CStr) {
    // SAFETY: `headers` is borrowed mutably, so nobody holds a reference into the list that is edited; lists that
    // `OwnedHeaders` owns are writable. A name that is not there is reported as an error, which is as good.
    let _ = unsafe { rd::rd_kafka_header_remove(list(headers.as_borrowed()).cast_mut(), name.as_ptr()) };
}

/// A copy of those headers whose names `keeps` likes, in order.
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
