//! Hostile headers, which no honest client writes.
//!
//! A reader must not panic, stall or invent a context, whatever the headers are. It finds the one valid context that is
//! there, or none.

use std::borrow::Cow;
use std::fmt;

use crate::Header;
use crate::vectors::{SPAN_ID, TRACE_ID, binary};

/// One message with hostile headers.
#[derive(Clone)]
#[non_exhaustive]
pub struct Hostile {
    /// What the headers are, in the form of a test's name.
    pub name: Cow<'static, str>,
    /// What the headers have broken in other readers, or would break.
    pub reason: &'static str,
    /// The message's headers.
    pub headers: Vec<Header>,
    /// Whether a valid context is among the headers: trace [`TRACE_ID`], span [`SPAN_ID`], sampled. If so, a reader must
    /// find it. If not, it must find none.
    pub has_context: bool,
}

const MANY: usize = 10_000;
const MEBIBYTE: usize = 1 << 20;

/// All hostile headers.
pub fn hostile() -> Vec<Hostile> {
    let mut all = values();
    all.extend(names());
    all.extend(masses());
    all.extend((0..traceparent().len()).map(|length| {
        let name = format!("traceparent_cut_to_{length}_bytes");
        Hostile::new(name, "a value cut short is another value")
            .header("traceparent", &traceparent()[..length])
    }));
    all
}

fn values() -> Vec<Hostile> {
    let new = Hostile::new;
    let mut bytes = binary(1);
    bytes[18] = 9;
    vec![
        new("null_values", "Kafka's values may be null")
            .null("traceparent")
            .null("tracestate")
            .null("baggage"),
        new("empty_values", "an empty slice has no first byte")
            .header("traceparent", "")
            .header("tracestate", "")
            .header("baggage", ""),
        new("values_that_are_not_utf8", "readers that unwrap from_utf8 panic")
            .header("traceparent", b"00-\xff\xfe-\x80")
            .header("tracestate", b"\xc3\x28=\xa0\xa1")
            .header("baggage", b"\xf0\x28\x8c\xbc=1"),
        new(
            "foreign_value_that_is_not_utf8",
            "readers that convert all headers at once panic, or lose them all",
        )
        .header("photo", b"\x89PNG\r\n\x1a\n\xff")
        .context(),
        new("characters_cut_by_byte_offsets", "slicing inside a character panics")
            .header("traceparent", "00-ééééééééééééééé1-é2345678901234é-é1"),
        new("full_width_digits", "they are digits to Unicode, not to W3C")
            .header("traceparent", full_width()),
        new("capital_letters", "the ids would differ from what other readers see")
            .header("traceparent", format!("00-{}-{SPAN_ID}-01", TRACE_ID.replace('1', "A"))),
        new("line_breaks_in_values", "a header that ends early starts another one")
            .header("traceparent", [&traceparent()[..], b"\r\ntraceparent: 00"].concat())
            .header("tracestate", "foo=1\r\nbar=2")
            .header("baggage", "a=1\r\nb: 2"),
        new("line_break_after_a_traceparent", "only spaces and tabs are white space here")
            .header("traceparent", [&traceparent()[..], b"\n"].concat()),
        new("control_characters", "terminals and logs obey them")
            .header("traceparent", "\u{1b}[31m00")
            .header("tracestate", "a=\u{7},b=\u{7f}")
            .header("baggage", "a=\u{0},\u{1}=b"),
        new("zero_byte_after_a_traceparent", "C strings end there")
            .header("traceparent", [&traceparent()[..], b"\0"].concat()),
        new("zero_byte_inside_a_traceparent", "C strings end there").header("traceparent", {
            let mut value = traceparent();
            value[20] = 0;
            value
        }),
        new("nothing_but_dashes", "readers that split find many empty fields")
            .header("traceparent", "-".repeat(55)),
        new("nothing_but_zero_digits", "an invalid id").header("traceparent", "0".repeat(55)),
        new("zero_bytes_of_binary_length", "it starts as the binary form does")
            .header("traceparent", [0; 29]),
        new("binary_garbage_of_binary_length", "it starts as the binary form does")
            .header("traceparent", [&[0, 0][..], &[0xa5; 27]].concat()),
        new("binary_traceparent_with_a_wrong_field", "fields are numbered").header("traceparent", bytes),
        new("binary_traceparent", "older Kafka agents write it")
            .header("traceparent", binary(1))
            .with_context(),
        new("separators_only", "members without key and value")
            .context()
            .header("tracestate", ",=,;,==,")
            .header("baggage", ";,=,;;=,"),
        new("percent_signs_at_the_end", "decoders read past the end")
            .context()
            .header("baggage", "a=%,b=%1,c=%%"),
    ]
}

fn names() -> Vec<Hostile> {
    let new = Hostile::new;
    vec![
        new("name_that_is_not_utf8", "iterating rdkafka's headers panics").bytes(b"\xff\xfe", "x").context(),
        new("context_name_with_a_byte_beyond_utf8", "lossy conversion must not make a context header of it")
            .bytes(b"traceparent\xff", traceparent()),
        new("empty_name", "lookups must not take it for an end").header("", "x").context(),
        new("name_with_line_breaks", "NATS's names panic").header("a\r\nb", "x").context(),
        new("name_with_a_colon", "NATS's names panic").header("a:b", "x").context(),
        new("name_with_a_zero_byte", "C strings end there").header("traceparent\0x", "garbage").context(),
        new("context_under_a_name_with_a_zero_byte", "C strings end there")
            .header("traceparent\0x", traceparent()),
        new("context_under_a_name_with_a_zero_byte_beside_nothing", "an empty value is none")
            .header("traceparent", "")
            .null("traceparent")
            .header("traceparent\0x", traceparent()),
        new("name_of_300_bytes", "AMQP's names panic beyond 255").header(&"n".repeat(300), "x").context(),
        new("name_of_a_mebibyte", "a walk must not copy it for nothing")
            .header(&"n".repeat(MEBIBYTE), "x")
            .context(),
        new("name_that_looks_alike", "the Cyrillic e is another letter")
            .header("trac\u{435}par\u{435}nt", traceparent()),
    ]
}

fn masses() -> Vec<Hostile> {
    let new = Hostile::new;
    let members = |member: &str| vec![member; MANY].join(",");
    vec![
        new("mebibyte_of_traceparent", "nothing of it may be kept")
            .header("traceparent", "0".repeat(MEBIBYTE)),
        new("mebibyte_of_white_space", "trimming must take one pass")
            .header("traceparent", " ".repeat(MEBIBYTE)),
        new("mebibyte_of_tracestate", "nothing of it may be kept")
            .context()
            .header("tracestate", format!("a={}", "x".repeat(MEBIBYTE))),
        new("mebibyte_of_commas", "each divides two empty members")
            .context()
            .header("tracestate", ",".repeat(MEBIBYTE))
            .header("baggage", ",".repeat(MEBIBYTE)),
        new("mebibyte_of_baggage", "nothing of it may be kept")
            .context()
            .header("baggage", format!("a={}", "x".repeat(MEBIBYTE))),
        new("mebibyte_of_a_foreign_value", "it must not be copied for nothing")
            .header("body", vec![0xa5; MEBIBYTE])
            .context(),
        new("tracestate_of_10000_members", "32 are allowed").context().header("tracestate", members("a=1")),
        new("baggage_of_10000_members", "64 are allowed").context().header("baggage", members("a=1")),
        new("baggage_of_10000_malformed_members", "each is counted, not kept")
            .context()
            .header("baggage", members("?")),
        new("twice_the_same_traceparent", "append-only headers").context().context(),
        new("10000_times_the_same_traceparent", "append-only headers, and a loop")
            .repeated(MANY, "traceparent", &traceparent())
            .with_context(),
        new("10000_malformed_traceparents", "each is read, none is kept").repeated(
            MANY,
            "traceparent",
            b"00-garbage",
        ),
        new("10000_traceparents_in_another_case", "each name is another spelling").repeated(
            MANY,
            "TraceParent",
            b"garbage",
        ),
        new("10000_tracestates", "32 members are allowed").context().repeated(MANY, "tracestate", b"a=1"),
        new("10000_baggages", "64 members are allowed").context().repeated(MANY, "baggage", b"a=1"),
        new("10000_headers", "a lookup must not take the square of them").numbered(MANY).context(),
    ]
}

fn traceparent() -> Vec<u8> {
    format!("00-{TRACE_ID}-{SPAN_ID}-01").into_bytes()
}

fn full_width() -> String {
    let wide = |digit: char| char::from_u32(u32::from(digit) - u32::from('0') + u32::from('０'));
    let wide = |text: &str| text.chars().filter_map(wide).collect::<String>();
    format!("00-{}-{}-01", wide(TRACE_ID), wide(SPAN_ID))
}

impl Hostile {
    fn new(name: impl Into<Cow<'static, str>>, reason: &'static str) -> Self {
        Self { name: name.into(), reason, headers: Vec::new(), has_context: false }
    }

    fn bytes(mut self, name: &[u8], value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_vec(), Some(value.as_ref().to_vec())));
        self
    }

    fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.bytes(name.as_bytes(), value)
    }

    fn null(mut self, name: &str) -> Self {
        self.headers.push((name.into(), None));
        self
    }

    fn repeated(mut self, times: usize, name: &str, value: &[u8]) -> Self {
        self.headers.extend((0..times).map(|_| (name.into(), Some(value.to_vec()))));
        self
    }

    fn numbered(mut self, count: usize) -> Self {
        self.headers.extend((0..count).map(|i| (format!("header-{i}").into_bytes(), Some(vec![b'x'; 8]))));
        self
    }

    /// Adds the valid context.
    fn context(self) -> Self {
        self.header("traceparent", traceparent()).with_context()
    }

    fn with_context(self) -> Self {
        Self { has_context: true, ..self }
    }
}

/// Prints the name and the size only, because a message may be megabytes.
impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hostile")
            .field("name", &self.name)
            .field("headers", &self.headers.len())
            .finish_non_exhaustive()
    }
}
