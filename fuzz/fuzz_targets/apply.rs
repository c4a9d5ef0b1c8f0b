//! Whatever headers a record has: an injection leaves each context header once and the others as they were, in Kafka's own
//! list.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rdkafka::message::{Header, Headers, OwnedHeaders};
use tracehop::{CreationContext, MessagePropagator, MessagingTracer};
use tracehop_kafka::{KafkaHeaders, KafkaHeadersMut};

fn others(headers: &OwnedHeaders) -> Vec<(String, Option<Vec<u8>>)> {
    let context = ["traceparent", "tracestate", "baggage"];
    let foreign = headers.iter().filter(|header| !context.iter().any(|name| header.key.eq_ignore_ascii_case(name)));
    foreign.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect()
}

fuzz_target!(|headers: Vec<(String, Option<Vec<u8>>)>| {
    let mut list = OwnedHeaders::new();
    for (name, value) in headers.iter().filter(|(name, _)| !name.contains('\0')) {
        list = list.insert(Header { key: name, value: value.as_ref() });
    }
    let before = others(&list);
    let stored: CreationContext =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;tracestate=a@b@c=1;baggage=k=v".parse().expect("it is valid");
    let mut record = Some(list);
    let tracer = MessagingTracer::builder().propagator(MessagePropagator::default()).build();
    let cx = stored.to_context();
    tracer.inject_context(&cx, &mut KafkaHeadersMut::new(&mut record)).expect("Kafka takes everything");
    let after = record.expect("there are headers");
    let mut seen = others(&after);
    seen.truncate(before.len());
    assert_eq!(seen, before);
    assert_eq!(after.iter().filter(|header| header.key.eq_ignore_ascii_case("traceparent")).count(), 1);
    let read = MessagePropagator::default().extract(&KafkaHeaders::new(after.as_borrowed()));
    assert_eq!(read.creation, stored);
});
