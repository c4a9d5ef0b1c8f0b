//! Batches that have everything in them that a span may have. What they are made of is read from a tape of bytes: every tape
//! makes a batch, and a shorter tape a simpler one, so proptest can shrink it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

pub(crate) struct Tape<'a>(pub(crate) &'a [u8]);

impl Tape<'_> {
    /// 0 where the tape has ended.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `bound`.
    fn below(&mut self, bound: u8) -> usize {
        usize::from(self.byte() % bound)
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Small numbers, powers of two and the numbers beside them, and any.
    fn number(&mut self) -> u64 {
        let kind = self.byte();
        match kind % 4 {
            0 => u64::from(kind / 4),
            1 => 1_u64 << (kind / 4),
            2 => (1_u64 << (kind / 4)).wrapping_sub(1),
            _ => u64::from_le_bytes([0; 8].map(|_: u8| self.byte())),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
    fn count(&mut self) -> u32 {
        self.number() as u32
    }

    /// Text of 0 to 300 characters: the lengths of fields take one byte, and two.
    fn text(&mut self) -> String {
        let kind = self.byte();
        match kind % 8 {
            0..=2 => ["", "a", "messaging.system", "naïve ☕"][usize::from(kind / 8) % 4].to_owned(),
            3 => "x".repeat(100 + usize::from(kind / 8) * 6),
            4 => "\0\n\u{1f980}".to_owned(),
            _ => (0..kind / 8).map(|_| char::from(self.byte())).collect(),
        }
    }

    fn float(&mut self) -> f64 {
        match self.below(6) {
            0 => 0.0,
            1 => -0.0,
            2 => f64::NAN,
            3 => f64::NEG_INFINITY,
            4 => 1.5,
            _ => f64::from_bits(self.number()),
        }
    }

    fn string_value(&mut self) -> StringValue {
        match self.below(3) {
            0 => StringValue::from("static"),
            1 => StringValue::from(self.text()),
            _ => StringValue::from(Arc::<str>::from(self.text())),
        }
    }

    fn value(&mut self) -> Value {
        match self.below(8) {
            0 => Value::Bool(self.flag()),
            1 => Value::I64(self.number().cast_signed()),
            2 => Value::F64(self.float()),
            3 => Value::Array(Array::Bool(self.some(20, Self::flag))),
            4 => Value::Array(Array::I64(self.some(20, |tape| tape.number().cast_signed()))),
            5 => Value::Array(Array::F64(self.some(20, Self::float))),
            6 => Value::Array(Array::String(self.some(6, Self::string_value))),
            _ => Value::String(self.string_value()),
        }
    }

    fn some<T>(&mut self, bound: u8, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(bound)).map(|_| make(self)).collect()
    }

    fn attribute(&mut self) -> KeyValue {
        let key = if self.flag() { Key::from_static_str("key") } else { Key::from(self.text()) };
        KeyValue::new(key, self.value())
    }

    fn attributes(&mut self) -> Vec<KeyValue> {
        self.some(5, Self::attribute)
    }

    /// At most times before 1970 and after 2554 too.
    fn time(&mut self) -> SystemTime {
        let by = Duration::from_nanos(self.number());
        let time = match self.below(4) {
            0 => UNIX_EPOCH.checked_sub(by),
            1 => UNIX_EPOCH.checked_add(by.saturating_mul(3)),
            _ => UNIX_EPOCH.checked_add(by),
        };
        time.unwrap_or(UNIX_EPOCH)
    }

    fn trace_state(&mut self) -> TraceState {
        let pairs = self.some(4, |tape| (tape.byte() % 26 + b'a', tape.byte() % 26 + b'a'));
        let pairs = pairs.into_iter().map(|(key, value)| {
            (String::from(char::from(key)), String::from(char::from(value)).repeat(usize::from(value) - 90))
        });
        TraceState::from_key_value(pairs).unwrap_or_default()
    }

    fn context(&mut self) -> SpanContext {
        let (high, low) = (u128::from(self.number()), u128::from(self.number()));
        SpanContext::new(
            TraceId::from(high << 64 | low),
            SpanId::from(self.number()),
            TraceFlags::new(self.byte()),
            self.flag(),
            self.trace_state(),
        )
    }

    fn scope(&mut self) -> InstrumentationScope {
        let name = ["tracehop", "", "other"][self.below(3)];
        let mut scope = InstrumentationScope::builder(name);
        match self.below(8) {
            0 => scope = scope.with_version("1.0"),
            1 => scope = scope.with_version(""),
            2 => scope = scope.with_schema_url("https://opentelemetry.io/schemas/1.44.0"),
            3 => scope = scope.with_schema_url(""),
            // The same attributes in another order are the same scope; the same key twice may be.
            4 => scope = scope.with_attributes([KeyValue::new("a", 1), KeyValue::new("b", 2)]),
            5 => scope = scope.with_attributes([KeyValue::new("b", 2), KeyValue::new("a", 1)]),
            6 => scope = scope.with_attributes(self.attributes()),
            _ => scope = scope.with_version(self.text()),
        }
        scope.build()
    }

    fn status(&mut self) -> Status {
        match self.below(4) {
            0 => Status::Unset,
            1 => Status::Ok,
            2 => Status::error("refused"),
            _ => Status::error(self.text()),
        }
    }

    fn event(&mut self) -> Event {
        Event::new(self.text(), self.time(), self.attributes(), self.count())
    }

    fn link(&mut self) -> Link {
        Link::new(self.context(), self.attributes(), self.count())
    }

    fn span(&mut self) -> SpanData {
        let kinds =
            [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
        let mut events = SpanEvents::default();
        events.events = self.some(3, Self::event);
        events.dropped_count = self.count();
        let mut links = SpanLinks::default();
        links.links = self.some(3, Self::link);
        links.dropped_count = self.count();
        SpanData {
            span_context: self.context(),
            parent_span_id: SpanId::from(self.number()),
            parent_span_is_remote: self.flag(),
            span_kind: kinds[self.below(5)].clone(),
            name: Cow::Owned(self.text()),
            start_time: self.time(),
            end_time: self.time(),
            attributes: self.attributes(),
            dropped_attributes_count: self.count(),
            events,
            links,
            status: self.status(),
            instrumentation_scope: self.scope(),
        }
    }

    /// Mostly one to three spans, now and then enough of them for many scopes.
    pub(crate) fn batch(&mut self) -> Vec<SpanData> {
        let count = match self.below(32) {
            31 => 40,
            few => few % 4,
        };
        (0..count).map(|_| self.span()).collect()
    }

    pub(crate) fn resource(&mut self) -> Resource {
        let attributes = self.attributes();
        match self.below(3) {
            0 => Resource::builder_empty().with_attributes(attributes).build(),
            1 => Resource::builder_empty().with_schema_url(attributes, self.text()).build(),
            _ => Resource::builder_empty().with_service_name(self.text()).with_attributes(attributes).build(),
        }
    }
}

/// A tape that looks like chance, and is the same for the same seed.
pub(crate) fn noise(seed: u32, len: u32) -> Vec<u8> {
    let byte = |index: u32| {
        let mixed = (index ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
        ((mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35) >> 16).to_le_bytes()[0]
    };
    (0..len).map(byte).collect()
}

/// A batch of so many spans, which differ in their ids: 1, 2 and so on.
pub(crate) fn plain(count: u64) -> Vec<SpanData> {
    let mut span = Tape(&[]).span();
    span.name = "receive orders".into();
    let with_id = |id: u64| {
        let context = SpanContext::new(
            TraceId::from(u128::from(id)),
            SpanId::from(id),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        );
        SpanData { span_context: context, ..span.clone() }
    };
    (1..=count).map(with_id).collect()
}

/// Lets a span have that many bytes.
pub(crate) fn enlarge(span: &mut SpanData, bytes: usize) {
    span.attributes.push(KeyValue::new("large", "x".repeat(bytes)));
}
