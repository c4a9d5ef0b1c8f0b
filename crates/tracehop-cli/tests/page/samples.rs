//! Spans of an order pipeline, with known ids and times.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use tracehop_journey::{
    Attribute, JourneyId, JourneySpan, LogLine, Source, SpanEvent, SpanKey, SpanParts, SpanStatus, Value,
};

/// Makes spans. Ids count up, so that they are the same in each run.
#[derive(Debug)]
pub(crate) struct Pipeline {
    /// When the next journey starts.
    pub(crate) at: SystemTime,
    next: u64,
    pub(crate) spans: Vec<JourneySpan>,
    pub(crate) logs: Vec<LogLine>,
}

/// A span under construction.
#[derive(Debug)]
pub(crate) struct Draft {
    service: String,
    parts: SpanParts,
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl Pipeline {
    pub(crate) fn starting(at: SystemTime) -> Self {
        Self { at, next: 1, spans: Vec::new(), logs: Vec::new() }
    }

    pub(crate) fn key(&mut self, trace: u64) -> SpanKey {
        self.next += 1;
        (TraceId::from(u128::from(trace) << 64 | 0xabcd), SpanId::from(self.next))
    }

    /// A span of a trace, `start` milliseconds after the journey's start.
    pub(crate) fn span(&mut self, service: &str, name: &str, trace: u64, start: u64, took: u64) -> Draft {
        let started = self.at + millis(start);
        let parts = SpanParts {
            key: self.key(trace),
            name: name.to_owned().into(),
            started,
            ended: started + millis(took),
            ..SpanParts::default()
        };
        Draft { service: service.to_owned(), parts }
    }

    pub(crate) fn keep(&mut self, draft: Draft) -> SpanKey {
        let key = draft.parts.key;
        let resource = [
            Attribute::new("service.name", Value::text(&draft.service)),
            Attribute::new("service.version", Value::text("1.4.2")),
            Attribute::new("host.name", Value::text("node-7")),
        ];
        let source = Source::new(resource, "tracehop", "0.1.0");
        self.spans.push(JourneySpan::new(draft.parts, source).unwrap());
        key
    }

    pub(crate) fn log(&mut self, span: SpanKey, after: u64, severity: &str, body: &str) {
        let at = self.at + millis(after);
        let attributes = [Attribute::new("thread.name", Value::text("worker-3"))];
        self.logs.push(LogLine::new(span, at, severity, body, attributes));
    }

    /// An order: sent at the edge, paid at the second try, shipped, and told to the audit, which continues no trace.
    pub(crate) fn order(&mut self, user: &str, wait: u64) -> JourneyId {
        let trace = self.next + 1_000;
        let edge = self
            .span("storefront", "POST /orders", trace, 0, 24)
            .kind(SpanKind::Server)
            .with("http.request.method", "POST")
            .with("user.id", user);
        let edge = self.keep(edge);
        let send = self
            .span("storefront", "send orders", trace, 4, 6)
            .below(edge)
            .sends("kafka", "orders")
            .with("user.id", user);
        let send = self.keep(send);
        let start = 10 + wait;
        let work = self
            .span("checkout", "process orders", trace, start, 60)
            .below_remote(send)
            .processes("kafka", "orders", "checkout")
            .number("messaging.kafka.offset", 4_211);
        let work = self.keep(work);
        let select = self
            .span("checkout", "SELECT stock", trace, start + 8, 14)
            .below(work)
            .with("db.query.text", "SELECT * FROM stock WHERE sku = $1")
            .kind(SpanKind::Client);
        self.keep(select);
        let pay = self
            .span("checkout", "send payments", trace, start + 30, 8)
            .below(work)
            .sends("rabbitmq", "payments");
        let pay = self.keep(pay);
        let paid_at = start + 38 + wait / 2;
        let first = self
            .span("payments", "process payments", trace, paid_at, 30)
            .below_remote(pay)
            .processes("rabbitmq", "payments", "payments")
            .failed("timeout");
        let first = self.keep(first);
        let second = self
            .span("payments", "process payments", trace, paid_at + 80, 26)
            .below_remote(pay)
            .processes("rabbitmq", "payments", "payments")
            .event("card charged", paid_at + 90);
        let second = self.keep(second);
        let charge = self
            .span("payments", "POST /charge", trace, paid_at + 84, 12)
            .below(second)
            .kind(SpanKind::Client);
        self.keep(charge);
        let ship = self
            .span("payments", "send shipments", trace, paid_at + 98, 4)
            .below(second)
            .sends("nats", "shipments");
        let ship = self.keep(ship);
        let shipped = self
            .span("shipping", "process shipments", trace, paid_at + 130, 42)
            .below_remote(ship)
            .processes("nats", "shipments", "shipping");
        self.keep(shipped);
        let told = self
            .span("notifications", "process shipments", trace, paid_at + 118, 9)
            .below_remote(ship)
            .processes("nats", "shipments", "notifications");
        self.keep(told);
        let audit = self
            .span("audit", "process orders", trace + 500_000, start + 40, 5)
            .linked(send)
            .processes("kafka", "orders", "audit");
        self.keep(audit);
        self.log(first, paid_at + 29, "WARN", "the card service did not answer within 25 ms");
        self.log(second, paid_at + 25, "INFO", "charged 42.00 EUR");
        self.at += millis(700);
        JourneyId(edge)
    }

    /// A refund that is declined.
    pub(crate) fn refund(&mut self) -> JourneyId {
        let trace = self.next + 2_000_000;
        let edge = self.span("storefront", "POST /refunds", trace, 0, 70).kind(SpanKind::Server);
        let edge = self.keep(edge);
        let send =
            self.span("storefront", "send payments", trace, 3, 5).below(edge).sends("rabbitmq", "payments");
        let send = self.keep(send);
        let work = self
            .span("payments", "process payments", trace, 20, 44)
            .below_remote(send)
            .processes("rabbitmq", "payments", "payments")
            .failed("declined");
        self.keep(work);
        self.at += millis(300);
        JourneyId(edge)
    }

    /// A letter that nobody reads.
    pub(crate) fn newsletter(&mut self) -> JourneyId {
        self.newsletter_of(self.next + 3_000_000)
    }

    /// The same, in a trace of one's choice.
    pub(crate) fn newsletter_of(&mut self, trace: u64) -> JourneyId {
        let send = self.span("storefront", "send newsletter", trace, 0, 5).sends("kafka", "newsletter");
        let send = self.keep(send);
        self.at += millis(250);
        JourneyId(send)
    }

    /// A handler whose message says nothing of where it comes from.
    pub(crate) fn legacy(&mut self) -> JourneyId {
        let trace = self.next + 4_000_000;
        let work = self
            .span("legacy-import", "process imports", trace, 0, 15)
            .processes("kafka", "imports", "legacy");
        let work = self.keep(work);
        self.at += millis(200);
        JourneyId(work)
    }

    /// A journey of many spans: a handler that asks a database again and again.
    pub(crate) fn large(&mut self, spans: usize) -> JourneyId {
        let trace = self.next + 5_000_000;
        let edge = self.span("storefront", "nightly import", trace, 0, 30).kind(SpanKind::Server);
        let edge = self.keep(edge);
        let send = self.span("storefront", "send orders", trace, 5, 3).below(edge).sends("kafka", "orders");
        let send = self.keep(send);
        let work = self
            .span("checkout", "process orders", trace, 40, 60_000)
            .below_remote(send)
            .processes("kafka", "orders", "checkout");
        let work = self.keep(work);
        for place in 0..spans.saturating_sub(3) as u64 {
            let ask = self
                .span("checkout", "SELECT stock", trace, 45 + 5 * place, 4)
                .below(work)
                .kind(SpanKind::Client);
            self.keep(ask);
        }
        JourneyId(edge)
    }

    /// A mix of all.
    pub(crate) fn mixed(at: SystemTime, orders: u64) -> Self {
        let mut pipeline = Self::starting(at);
        for place in 0..orders {
            pipeline.order(&format!("{}", 40 + place % 7), 12 + (place * 37) % 400);
            match place % 5 {
                1 => drop(pipeline.refund()),
                2 => drop(pipeline.newsletter()),
                3 => drop(pipeline.legacy()),
                _ => {}
            }
        }
        pipeline
    }
}

impl Draft {
    pub(crate) fn kind(mut self, kind: SpanKind) -> Self {
        self.parts.kind = kind;
        self
    }

    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.parts.attributes.push(Attribute::new(key, Value::text(value)));
        self
    }

    pub(crate) fn number(mut self, key: &str, value: i64) -> Self {
        self.parts.attributes.push(Attribute::new(key, Value::I64(value)));
        self
    }

    pub(crate) fn below(mut self, parent: SpanKey) -> Self {
        self.parts.parent_span_id = Some(parent.1);
        self.parts.parent_is_remote = Some(false);
        self
    }

    pub(crate) fn below_remote(mut self, parent: SpanKey) -> Self {
        self.parts.parent_span_id = Some(parent.1);
        self.parts.parent_is_remote = Some(true);
        self
    }

    pub(crate) fn linked(mut self, to: SpanKey) -> Self {
        self.parts.links.push(to.into());
        self
    }

    /// The last link says more than whom it names.
    pub(crate) fn saying(mut self, key: &str, value: &str) -> Self {
        if let Some(link) = self.parts.links.last_mut() {
            link.attributes = Box::new([Attribute::new(key, Value::text(value))]);
        }
        self
    }

    pub(crate) fn sends(self, system: &str, destination: &str) -> Self {
        self.kind(SpanKind::Producer)
            .with("messaging.system", system)
            .with("messaging.operation.type", "send")
            .with("messaging.destination.name", destination)
    }

    pub(crate) fn processes(self, system: &str, destination: &str, group: &str) -> Self {
        self.kind(SpanKind::Consumer)
            .with("messaging.system", system)
            .with("messaging.operation.type", "process")
            .with("messaging.destination.name", destination)
            .with("messaging.consumer.group.name", group)
            .with("messaging.destination.partition.id", "3")
    }

    pub(crate) fn failed(mut self, error: &str) -> Self {
        self.parts.status = SpanStatus::Error("it did not work".into());
        self.with("error.type", error)
    }

    pub(crate) fn event(mut self, name: &str, after: u64) -> Self {
        let at = self.parts.started + millis(after % 20);
        let attributes = [Attribute::new("amount", Value::F64(42.0))];
        self.parts.events.push(SpanEvent { name: name.to_owned().into(), at, attributes: attributes.into() });
        self
    }
}
