//! Where fuzzing starts: headers whose meaning is known.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Context;
use tracehop_testing::{Header, corpus, vectors};

use crate::formats;
use crate::input::{Message, RawHeader};
use crate::targets::Form;

/// What is larger is tried once, and not changed: most of the time would go into copying it.
const MAX_BYTES: usize = 8 * 1_024;

/// Where a target starts from.
pub(super) struct Seeds {
    /// To be tried once each.
    pub(super) large: Vec<Vec<u8>>,
    /// To be tried, and changed.
    pub(super) small: Vec<Vec<u8>>,
}

impl Seeds {
    /// The vectors and the hostile headers, in the form of a target.
    pub(super) fn of(form: Form) -> Self {
        let messages = vectors::all().into_iter().map(|vector| vector.headers);
        let messages = messages.chain(corpus::hostile().into_iter().map(|hostile| hostile.headers));
        let inputs: Vec<Vec<u8>> = match form {
            Form::Message => {
                let known = messages.enumerate().map(|(number, headers)| message(number, &headers));
                known.chain(of_formats()).chain([nested(4), nested(5)]).collect()
            }
            Form::Text => messages.flat_map(|headers| [line(&headers), json(&headers)]).collect(),
        };
        let (small, large) = inputs.into_iter().partition(|input| input.len() <= MAX_BYTES);
        Self { large, small }
    }

    /// Writes the small ones, a file each, for libFuzzer to start from.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for (number, seed) in self.small.iter().enumerate() {
            let path = folder.join(format!("seed-{number}"));
            std::fs::write(&path, seed).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// A message with ids of its own.
fn with_headers(number: usize, headers: Vec<RawHeader>) -> Message {
    let number = u8::try_from(number % 251).unwrap_or_default();
    Message {
        format: number,
        context: number / 2,
        trace_id: [0x5a; 16],
        span_id: [0xa5; 8],
        flags: 1,
        headers,
    }
}

fn message(number: usize, headers: &[Header]) -> Vec<u8> {
    let header = |(name, value): &Header| RawHeader {
        kind: if value.is_some() { RawHeader::TEXT } else { RawHeader::NULL },
        name: name.clone(),
        value: value.clone().unwrap_or_default(),
    };
    with_headers(number, headers.iter().map(header).collect()).to_bytes()
}

/// Each format's own headers, and the default one's, as it reads them.
fn of_formats() -> Vec<Vec<u8>> {
    let text =
        |name: &str, value: &str| RawHeader { kind: RawHeader::TEXT, name: name.into(), value: value.into() };
    let headers = [
        text("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        text("tracestate", "vendor=1,a@b@c=2"),
        text("baggage", "tenant=a;p=1,user=%C3%A9"),
        text("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-d"),
        text("x-b3-traceid", "0af7651916cd43dd8448eb211c80319c"),
        text("x-b3-spanid", "b7ad6b7169203331"),
        text("x-b3-sampled", "1"),
        text("uber-trace-id", "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:3"),
        text("uberctx-tenant", "a%20b"),
        text("x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"),
        text("x-datadog-trace-id", "9532127138774266268"),
        text("x-datadog-parent-id", "13235353014750950193"),
        text("x-datadog-sampling-priority", "1"),
        text("x-datadog-tags", "_dd.p.tid=0af7651916cd43dd"),
        text("elasticapmtraceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        text("ce_traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"),
        text("ce_tracestate", "vendor=1"),
        text(formats::ALIAS, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        text("tracehop-attempts", "3"),
        text("tenant", "a"),
        text("traceparent\0x", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];
    (0..formats::count() * 3)
        .map(|number| {
            let mut message = with_headers(number, headers.to_vec());
            message.context = u8::try_from(number / formats::count()).unwrap_or_default();
            message.to_bytes()
        })
        .collect()
}

/// An array or a table in each other, deeper than is read.
fn nested(kind: u8) -> Vec<u8> {
    let mut inner = RawHeader { kind: RawHeader::TEXT, name: b"traceparent".to_vec(), value: b"x".to_vec() };
    for _ in 0..60 {
        let mut value = Vec::new();
        inner.write(&mut value);
        inner = RawHeader { kind, name: b"traceparent".to_vec(), value };
    }
    with_headers(0, vec![inner]).to_bytes()
}

/// The last value of a name, as text.
fn last<'h>(headers: &'h [Header], name: &str) -> Option<Cow<'h, str>> {
    let (_, value) = headers.iter().rfind(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))?;
    Some(String::from_utf8_lossy(value.as_deref()?))
}

fn line(headers: &[Header]) -> Vec<u8> {
    let mut line = last(headers, "traceparent").unwrap_or_default().into_owned();
    for name in ["tracestate", "baggage"] {
        if let Some(value) = last(headers, name) {
            line.extend([";", name, "=", &value]);
        }
    }
    line.into_bytes()
}

fn json(headers: &[Header]) -> Vec<u8> {
    let names = ["traceparent", "tracestate", "baggage"].into_iter();
    let fields: serde_json::Map<String, serde_json::Value> =
        names.filter_map(|name| Some((name.to_owned(), last(headers, name)?.into_owned().into()))).collect();
    serde_json::Value::from(fields).to_string().into_bytes()
}
