//! Kafka headers whose names are any bytes, as clients in other languages write them: rdkafka only takes names that are
//! UTF-8. It is the one unsafe file of this package.

#![allow(unsafe_code, reason = "see the module documentation")]

use std::ffi::c_void;
use std::ptr;

use rdkafka::bindings as rd;
use rdkafka::message::OwnedHeaders;

/// Appends a header of any name, also of one with a zero byte or that is not UTF-8.
pub(super) fn push(headers: &mut OwnedHeaders, name: &[u8], value: Option<&[u8]>) {
    let (pointer, size) =
        value.map_or((ptr::null(), 0), |value| (value.as_ptr().cast::<c_void>(), value.len()));
    // rdkafka's borrowed headers are an opaque view: a reference to it is the pointer to librdkafka's list.
    let list: *const rd::rd_kafka_headers_t = ptr::from_ref(headers.as_borrowed()).cast();
    // SAFETY: `headers` is borrowed mutably, so nobody else looks at the list that is edited, and a list that is owned is
    // writable. Name and value are copied, and are as long as said.
    let error = unsafe {
        rd::rd_kafka_header_add(
            list.cast_mut(),
            name.as_ptr().cast(),
            name.len().cast_signed(),
            pointer,
            size.cast_signed(),
        )
    };
    assert_eq!(error, rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR, "a header in memory can be added");
}
