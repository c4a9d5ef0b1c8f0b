//! What an observer is shown of an operation, its client and its messages.

use std::fmt::Debug;
use std::time::SystemTime;

use tracehop::{
    ClientFacts, ClientTracer, CreationContext, EndedOperation, Failure, MemoryHeaders, MessagingTracer,
    Observer, StartedOperation,
};

use crate::mail::{Mail, MailError, Post, letter};
use crate::observers::{FULL, Witness, orders, send};

/// An observer that tells what it is shown, as `Debug` prints it.
struct Printer(Witness);

impl Observer for Printer {
    type State = ();

    fn start(&self, operation: &StartedOperation<'_>) {
        self.0.write(format_args!("{operation:?}"));
    }

    fn end(&self, operation: &EndedOperation<'_>, (): ()) {
        self.0.write(format_args!("{operation:?}"));
    }
}

#[test]
fn what_an_observer_is_shown_can_be_printed() {
    let book = Witness::default();
    let tracer = MessagingTracer::builder().observer(Printer(book.clone())).build();
    send(&Post::new(&tracer)).finish(&FULL);
    let [start, end] = <[String; 2]>::try_from(book.take()).unwrap();
    assert!(start.starts_with("StartedOperation") && start.contains("\"orders\""), "{start}");
    assert!(end.starts_with("EndedOperation") && end.contains("BOX_FULL"), "{end}");
}

/// Writes down what is known of clients.
struct ClientWitness(Witness);

impl ClientWitness {
    fn write(&self, id: Option<&str>, group: Option<&str>, server: Option<&str>, rest: impl Debug) {
        let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
        self.0.write(format_args!("{} {} {} {rest:?}", text(id), text(group), text(server)));
    }
}

impl Observer for ClientWitness {
    type State = ();

    fn start(&self, operation: &StartedOperation<'_>) {
        let (id, group) = (operation.client_id(), operation.consumer_group());
        self.write(id, group, operation.server_address(), operation.server_port());
    }

    fn end(&self, operation: &EndedOperation<'_>, (): ()) {
        let (id, group) = (operation.client_id(), operation.consumer_group());
        let rest = (operation.server_port(), operation.message_count());
        self.write(id, group, operation.server_address(), rest);
    }
}

#[test]
fn an_observer_is_told_of_the_client_and_how_many_messages_there_were() {
    let witness = Witness::default();
    let tracer = MessagingTracer::builder().observer(ClientWitness(witness.clone())).build();
    let facts = ClientFacts::default().client_id("till-1").consumer_group("billing").server("mail-1", 25);
    let client = ClientTracer::<Mail>::new(&tracer, facts);

    client.send(&orders(), &mut MemoryHeaders::new()).end();
    // A sender is in no group.
    assert_eq!(witness.take(), ["till-1 - mail-1 Some(25)", "till-1 - mail-1 (Some(25), 1)"]);

    let batch = [(); 3].map(|()| client.received(letter([])));
    let in_group = ["till-1 billing mail-1 Some(25)", "till-1 billing mail-1 (Some(25), 3)"];
    client.process_batch(&batch).finish(&());
    assert_eq!(witness.take(), in_group);
    let mut fetch = client.receive_batch(SystemTime::now());
    for order in &batch {
        fetch.add(order);
    }
    drop(fetch);
    assert_eq!(witness.take(), in_group);
    let mut fetch = client.receive_batch(SystemTime::now());
    fetch.add(&batch[0]);
    fetch.add(&batch[1]);
    fetch.fail(Failure::of(&MailError("CLOSED")));
    fetch.add(&batch[2]);
    drop(fetch);
    let ends: Vec<_> = witness.take().into_iter().skip(1).step_by(2).collect();
    assert_eq!(ends, ["till-1 billing mail-1 (Some(25), 2)", "till-1 billing mail-1 (Some(25), 1)"]);

    let unknown = ClientTracer::<Mail>::new(&tracer, ClientFacts::default());
    unknown.settle("ack", &orders(), || CreationContext::NONE).end();
    assert_eq!(witness.take(), ["- - - None", "- - - (None, 1)"]);
}
