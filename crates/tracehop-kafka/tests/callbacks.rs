//! What runs because a delivery report came: the user's own context, and the destructor of its opaque.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, Tracer};
use rdkafka::ClientContext;
use rdkafka::producer::{
    BaseProducer, BaseRecord, DeliveryResult, FutureRecord, Producer, ProducerContext, ThreadedProducer,
};
use support::{DEADLINE, Fixture, next};
use tracehop_kafka::{
    IntoTraced, TracedBaseProducer, TracedFutureProducer, TracedProducerContext, TracedThreadedProducer,
};

/// A user's context that writes to an audit topic for each delivery report.
#[derive(Clone)]
struct Audit {
    producer: TracedFutureProducer,
    results: Arc<Mutex<Vec<bool>>>,
}

impl Audit {
    fn new(test: &Fixture) -> Self {
        let producer = test.producer();
        Self { producer, results: Arc::default() }
    }

    fn write(&self, topic: &str) {
        let sent = self.producer.send_result(FutureRecord::<str, str>::to(topic).payload("{}"));
        // Its span ends when the broker answers, whether or not anybody waits.
        drop(sent.map_err(|(error, _)| error).unwrap());
    }

    fn base(&self, test: &Fixture) -> TracedBaseProducer<Self> {
        let context = TracedProducerContext::new(self.clone());
        test.config().create_with_context::<_, BaseProducer<_>>(context).unwrap().traced(&test.tracer)
    }

    fn threaded(&self, test: &Fixture) -> TracedThreadedProducer<Self> {
        let context = TracedProducerContext::new(self.clone());
        test.config().create_with_context::<_, ThreadedProducer<_>>(context).unwrap().traced(&test.tracer)
    }
}

impl ClientContext for Audit {}

impl ProducerContext for Audit {
    type DeliveryOpaque = Box<LastWord>;

    fn delivery(&self, result: &DeliveryResult<'_>, last_word: Box<LastWord>) {
        self.results.lock().unwrap().push(result.is_ok());
        self.write("audit");
        drop(last_word);
    }
}

/// An opaque whose destructor may send.
struct LastWord(Option<Audit>);

impl Drop for LastWord {
    fn drop(&mut self) {
        if let Some(audit) = &self.0 {
            audit.write("farewell");
        }
    }
}

fn order(last_word: LastWord) -> BaseRecord<'static, str, str, Box<LastWord>> {
    BaseRecord::with_opaque_to("orders", Box::new(last_word)).key("ord_42").payload("{}")
}

fn fixture() -> Fixture {
    let test = Fixture::new();
    test.broker.create_topic("audit", 1).unwrap();
    test.broker.create_topic("farewell", 1).unwrap();
    test
}

/// Runs `f` in a span, which ends with it.
fn in_span<T>(test: &Fixture, name: &'static str, f: impl FnOnce() -> T) -> T {
    test.spans.tracer().in_span(name, |_| f())
}

#[test]
fn what_a_delivery_callback_sends_belongs_to_the_send_and_not_to_who_polls() {
    let test = fixture();
    let audit = Audit::new(&test);
    let producer = audit.base(&test);
    in_span(&test, "request A", || producer.send(order(LastWord(None))).map_err(|(error, _)| error)).unwrap();
    in_span(&test, "request B", || producer.flush(DEADLINE)).unwrap();
    assert!(!Context::current().has_active_span());
    test.spans.wait_for_blocking(4, DEADLINE);
    test.spans.assert_tree(
        "
        request A        INTERNAL
        ├ send orders    PRODUCER
        └ send audit     PRODUCER
        request B        INTERNAL
        ",
    );
}

#[test]
fn what_a_delivery_callback_sends_on_the_clients_own_thread_belongs_to_the_send() {
    let test = fixture();
    let producer = Audit::new(&test).threaded(&test);
    in_span(&test, "request A", || producer.send(order(LastWord(None))).map_err(|(error, _)| error)).unwrap();
    test.spans.wait_for_blocking(3, DEADLINE);
    test.spans.assert_tree(
        "
        request A        INTERNAL
        ├ send orders    PRODUCER
        └ send audit     PRODUCER
        ",
    );
}

#[test]
fn what_runs_because_a_producer_is_destroyed_belongs_to_the_send() {
    for is_threaded in [false, true] {
        let test = fixture();
        let audit = Audit::new(&test);
        // The audit's producer has to know its partitions before the broker goes.
        audit.producer.client().fetch_metadata(None, DEADLINE).unwrap();
        let last_word = LastWord(Some(audit.clone()));
        test.down();
        let send = |send: &dyn Fn(BaseRecord<'static, str, str, Box<LastWord>>)| {
            in_span(&test, "request A", || send(order(last_word)));
        };
        if is_threaded {
            let producer = audit.threaded(&test);
            send(&|record| producer.send(record).map_err(|(error, _)| error).unwrap());
            in_span(&test, "request B", || drop(producer));
        } else {
            let producer = audit.base(&test);
            send(&|record| producer.send(record).map_err(|(error, _)| error).unwrap());
            in_span(&test, "request B", || drop(producer));
        }
        assert_eq!(*audit.results.lock().unwrap(), [false]);
        test.up();
        test.spans.wait_for_blocking(5, DEADLINE);
        test.spans.assert_tree(
            "
            request A          INTERNAL
            ├ send orders      PRODUCER  error=PURGE_QUEUE
            ├ send audit       PRODUCER
            └ send farewell    PRODUCER
            request B          INTERNAL
            ",
        );
    }
}

#[tokio::test]
async fn a_delivery_callback_has_the_baggage_of_the_send_and_its_span_does_not_last_until_then() {
    let test = fixture();
    let audit = Audit::new(&test);
    let producer = audit.base(&test);
    let baggage = [opentelemetry::KeyValue::new("tenant", "a")];
    let attached = Context::current_with_baggage(baggage).attach();
    in_span(&test, "request A", || producer.send(order(LastWord(None))).map_err(|(error, _)| error)).unwrap();
    drop(attached);
    // It ends when the last context that holds it is dropped, so the report must not hold one.
    assert_eq!(test.spans.finished().len(), 1);
    producer.flush(DEADLINE).unwrap();
    audit.producer.flush(DEADLINE).unwrap();
    let consumer = test.consumer("audit");
    let written = next(&consumer).await;
    assert!(written.creation().to_string().ends_with(";baggage=tenant=a"));
}
