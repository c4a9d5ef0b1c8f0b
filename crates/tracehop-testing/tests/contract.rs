//! The contract of a service: a good one passes, and each fault is told.
#![allow(clippy::unwrap_used, reason = "it is a test")]
#![allow(clippy::unnecessary_wraps, reason = "services may fail")]

#[path = "support/mod.rs"]
mod support;

use std::time::Duration;

use support::{check_lines, message_of, text_of};
use tracehop::{
    Carrier, ClientFacts, ClientTracer, Describe, Destination, Format, Inbound, MemoryHeaders, MessageInfo,
    MessagePropagator, MessagingSystem,
};
use tracehop_testing::{Header, ServiceContract, SpanRecorder};

enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";
}

struct Letter(MemoryHeaders);

impl Inbound<Mail> for Letter {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("orders"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }
}

/// A service that receives and sends with tracehop.
struct Service(ClientTracer<Mail>);

impl Service {
    fn new() -> Self {
        Self::with(MessagePropagator::default())
    }

    fn with(propagator: MessagePropagator) -> Self {
        let tracer = SpanRecorder::new().messaging_tracer_builder().propagator(propagator).build();
        Self(ClientTracer::new(&tracer, ClientFacts::default()))
    }

    fn ship(&self, headers: Vec<Header>) -> Result<Vec<Header>, String> {
        let text = |(name, value): Header| (String::from_utf8_lossy(&name).into_owned(), value);
        let order = self.0.received(Letter(headers.into_iter().map(text).collect()));
        let mut sent = MemoryHeaders::new();
        order.process_blocking(|| {
            self.0.send(&MessageInfo::to(Destination::named("shipments")), &mut sent).end();
        });
        Ok(sent.into_vec().into_iter().map(|(name, value)| (name.into_bytes(), value)).collect())
    }
}

fn without(name: &str, headers: Vec<Header>) -> Vec<Header> {
    headers.into_iter().filter(|(other, _)| other != name.as_bytes()).collect()
}

fn named(name: &str, value: &str) -> Header {
    (name.into(), Some(value.into()))
}

#[tokio::test]
async fn a_service_with_tracehop_keeps_the_whole_contract() {
    let service = Service::new();
    let report = ServiceContract::new().hostile().check(async |headers| service.ship(headers)).await;
    assert!(report.passed.len() > 200, "{report}");
    assert!(report.passed.iter().any(|name| name == "v00_continues"));
    let aliases = report.left_out.iter().filter(|(_, why)| why == "the alias is not known").count();
    assert!(aliases > 0 && report.to_string().contains("were left out\n    "), "{report}");
}

#[test]
fn a_service_reads_every_format_that_it_was_told_to() {
    for format in
        [Format::B3, Format::B3Multi, Format::Jaeger, Format::XRay, Format::Datadog, Format::Elastic]
    {
        let formats = [Format::TraceContext, Format::Baggage, format];
        let service = Service::with(
            MessagePropagator::builder()
                .read(formats)
                .write([format, Format::TraceContext, Format::Baggage])
                .build(),
        );
        let report = ServiceContract::basic().reads(format).check_blocking(|headers| service.ship(headers));
        assert!(report.passed.contains(&format!("format_{format}")), "{report}");
        // One that does not read it is found out.
        let deaf = Service::new();
        let message = message_of(|| {
            drop(ServiceContract::basic().reads(format).check_blocking(|headers| deaf.ship(headers)));
        });
        assert!(
            message.contains(&format!("    format_{format} (the service was said to read it)\n")),
            "{message}"
        );
    }
}

#[test]
fn a_service_that_copies_headers_is_said_to() {
    let copy = |headers| Ok::<_, String>(headers);
    ServiceContract::basic().copies_context().check_blocking(copy);
    let message = message_of(|| drop(ServiceContract::basic().check_blocking(copy)));
    assert!(
        message.contains("it is of the span of the sender: the service's own span is not in between"),
        "{message}"
    );
    let service = Service::new();
    let message = message_of(|| {
        drop(ServiceContract::basic().copies_context().check_blocking(|headers| service.ship(headers)));
    });
    assert!(message.contains(", not of 1234567890123456\n"), "{message}");
}

#[test]
fn a_service_without_spans_of_what_is_not_sampled_is_said_to() {
    let service = Service::new();
    // Flags without the lowest bit.
    let is_unsampled = |headers: &[Header]| {
        headers.iter().any(|(_, value)| {
            value.as_ref().is_some_and(|value| value.len() == 55 && value.ends_with(b"-00"))
        })
    };
    let ship =
        |headers: Vec<Header>| if is_unsampled(&headers) { Ok(headers) } else { service.ship(headers) };
    let report = ServiceContract::basic().copies_unsampled_context().check_blocking(ship);
    assert!(report.passed.iter().any(|name| name == "unsampled_continues"), "{report}");
    let message = message_of(|| drop(ServiceContract::basic().check_blocking(ship)));
    assert!(message.contains("    unsampled_continues ("), "{message}");
    let message = message_of(|| {
        let ship = |headers| service.ship(headers);
        drop(ServiceContract::basic().copies_unsampled_context().check_blocking(ship));
    });
    assert!(
        message.contains("    unsampled_continues (") && message.contains(", not of 1234567890123456\n"),
        "{message}"
    );
}

#[test]
fn each_fault_is_told() {
    type Fault = fn(Vec<Header>) -> Vec<Header>;
    let service = Service::new();
    for (fault, form, told) in [
        ((|_| Vec::new()) as Fault, "v00_continues", "it carries no context"),
        (
            |_| vec![named("traceparent", "00-000000000000000000000000000000ff-00000000000000ff-01")],
            "v00_continues",
            "it is of the trace 000000000000000000000000000000ff, not of 12345678901234567890123400000001",
        ),
        (
            |headers| without("tracestate", headers),
            "key_starting_with_a_digit_is_kept",
            "the tracestate is missing, not \"",
        ),
        (
            |headers| without("baggage", headers),
            "baggage_travels_beside_a_trace",
            "the baggage is missing, not \"a=1,b=2\"",
        ),
        (
            |headers| [headers, vec![named("baggage", "secret=1")]].concat(),
            "v00_continues",
            "the baggage is \"secret=1\", not missing",
        ),
        (|headers| [headers.clone(), headers].concat(), "v00_continues", "2 headers traceparent stand on it"),
        (
            |headers| {
                let unsampled = |(name, value): Header| {
                    (name, value.map(|value| [&value[..value.len() - 1], b"0"].concat()))
                };
                headers.into_iter().map(unsampled).collect()
            },
            "v00_continues",
            "the trace is not sampled any more",
        ),
        (
            |_| vec![named("traceparent", "00-12345678901234567890123400000005-00000000000000ff-01")],
            "zero_span_id_restarts",
            "the trace goes on, although what went in has no valid context",
        ),
    ] {
        let broken = |headers| service.ship(headers).map(fault);
        let message = message_of(|| drop(ServiceContract::basic().check_blocking(broken)));
        let (_, of_form) = message.split_once(&format!("    {form} (")).expect("the form is told of");
        // Up to the next form.
        let lines = of_form.lines().skip(1).take_while(|line| line.starts_with("        "));
        assert_eq!(lines.filter(|line| line.contains(told)).count(), 1, "{form}: {message}");
    }
}

#[test]
fn a_broken_contract_is_told_form_by_form() {
    let service = Service::new();
    let broken = |headers: Vec<Header>| {
        let sent = service.ship(headers)?;
        let is_baggage = sent.iter().any(|(name, _)| name == b"baggage");
        Ok::<_, String>(if is_baggage { vec![named("x-tenant", "a")] } else { sent })
    };
    let message = message_of(|| drop(ServiceContract::basic().check_blocking(broken)));
    let (caller, rest) = message.split_once(": the service").unwrap();
    assert!(caller.starts_with(file!()), "{message}");
    check_lines(
        rest,
        &[
            " breaks the contract in 1 of 9 forms",
            "    baggage_travels_beside_a_trace (the two are independent)",
            "        went in: traceparent: 00-12345678901234567890123400000009-1234567890123456-01; baggage: a=1,b=2",
            "        came out: x-tenant: a",
            "        it carries no context",
            "        the baggage is missing, not \"a=1,b=2\"",
        ],
    );
}

#[test]
fn a_service_that_fails_ends_the_check_and_says_with_which_message() {
    let service = Service::new();
    let mut left = 2;
    let failing = |headers| {
        if left == 0 {
            return Err("the broker is gone".to_owned());
        }
        left -= 1;
        service.ship(headers)
    };
    let message = message_of(|| drop(ServiceContract::basic().check_blocking(failing)));
    check_lines(
        message.split_once(": the service").unwrap().1,
        &[
            " gave no message, after 2 forms had passed",
            "    version_ff_restarts (it is forbidden)",
            "        went in: traceparent: ff-12345678901234567890123400000003-1234567890123456-01",
            "        the broker is gone",
        ],
    );
}

#[tokio::test]
async fn a_service_that_says_nothing_fails_within_the_deadline() {
    let silent = async |_: Vec<Header>| std::future::pending::<Result<Vec<Header>, String>>().await;
    let check = ServiceContract::basic().deadline(Duration::from_millis(50)).check(silent);
    let local = tokio::task::LocalSet::new();
    let panic =
        local.run_until(async { tokio::task::spawn_local(check).await }).await.unwrap_err().into_panic();
    let message = text_of(&*panic);
    assert!(message.contains(" gave no message, after 0 forms had passed\n"), "{message}");
    assert!(message.ends_with("        no message came out within 50ms\n"), "{message}");
}

#[test]
fn what_is_left_out_is_reported_and_must_exist() {
    let service = Service::new();
    let ship = |headers| service.ship(headers);
    let report = ServiceContract::basic()
        .except("unsampled_continues", "our sampler drops them")
        .carried_if(|headers| headers.iter().all(|(name, _)| name != b"baggage"))
        .check_blocking(ship);
    assert_eq!(
        report.to_string(),
        "7 forms passed, 2 were left out\n    \
         unsampled_continues: our sampler drops them\n    \
         baggage_travels_beside_a_trace: the transport cannot carry its headers\n"
    );
    let message = message_of(|| drop(ServiceContract::basic().except("no_such", "why").check_blocking(ship)));
    assert!(message.ends_with(": there is no form no_such to leave out"), "{message}");
    let message = message_of(|| drop(ServiceContract::basic().carried_if(|_| false).check_blocking(ship)));
    assert!(message.contains(": no form is left: 0 forms passed, 9 were left out\n"), "{message}");
}

#[test]
fn baggage_is_judged_as_the_service_is_said_to_handle_it() {
    let service = Service::new();
    ServiceContract::basic()
        .without_baggage()
        .check_blocking(|headers| service.ship(headers).map(|sent| without("baggage", sent)));
    ServiceContract::basic().adds_baggage("tenant").check_blocking(|headers| {
        let mut sent = service.ship(headers)?;
        match sent.iter_mut().find(|(name, _)| name == b"baggage") {
            Some((_, Some(value))) => value.extend(b",tenant=a"),
            _ => sent.push(named("baggage", "tenant=a")),
        }
        Ok::<_, String>(sent)
    });
}
