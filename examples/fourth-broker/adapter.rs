//! All it takes to make a broker traceable: its words, its headers, its messages, and its client.

use std::any::Any;
use std::borrow::Cow;

use tokio::sync::mpsc::Receiver;
use tracehop::{
    Carrier, CarrierError, CarrierMut, ClientFacts, ClientTracer, Destination, HeaderPatch, Inbound,
    IntoTraced, MessageInfo, MessagingSystem, MessagingTracer, Operation, Received,
};

use crate::pigeon::{Letter, NoSuchLoft, Pigeons};

/// The marker: the system's words and errors.
#[derive(Debug)]
pub(crate) enum Pigeon {}

impl MessagingSystem for Pigeon {
    const NAME: &'static str = "pigeon";

    fn operation_name(operation: Operation) -> &'static str {
        if operation == Operation::Send { "release" } else { operation.as_str() }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        error.is::<NoSuchLoft>().then_some(Cow::Borrowed("no_such_loft"))
    }
}

/// The headers: tags may repeat, and keep their order.
struct Tags<'a>(&'a [(String, Vec<u8>)]);

impl Carrier for Tags<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        self.0.iter().filter(|(key, _)| key == name).for_each(|(_, value)| f(value));
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|(name, _)| f(name));
    }
}

struct TagsMut<'a>(&'a mut Vec<(String, Vec<u8>)>);

impl Carrier for TagsMut<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        Tags(self.0).values(name, f);
    }
}

impl CarrierMut for TagsMut<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.0.retain(|(name, _)| !patch.owns(name.as_bytes()));
        self.0.extend(patch.headers().map(|(name, value)| (name.to_owned(), value.into())));
        Ok(())
    }
}

/// The messages.
impl Inbound<Pigeon> for Letter {
    fn info(&self) -> MessageInfo<'_> {
        info(self)
    }

    fn headers(&self) -> impl Carrier + '_ {
        Tags(&self.tags)
    }
}

fn info(letter: &Letter) -> MessageInfo<'_> {
    MessageInfo::to(Destination::named(&letter.loft)).body_size(letter.note.len())
}

/// The client, with the client's own methods.
#[derive(Clone)]
pub(crate) struct TracedPigeons {
    pigeons: Pigeons,
    client: ClientTracer<Pigeon>,
}

impl IntoTraced<Pigeon> for Pigeons {
    type Traced = TracedPigeons;

    fn traced(self, tracer: &MessagingTracer) -> TracedPigeons {
        TracedPigeons { pigeons: self, client: ClientTracer::new(tracer, ClientFacts::default()) }
    }
}

impl TracedPigeons {
    pub(crate) fn keep(&self, loft: &str) -> TracedLoft {
        TracedLoft { letters: self.pigeons.keep(loft), client: self.client.clone() }
    }

    pub(crate) async fn send(&self, mut letter: Letter) -> Result<(), NoSuchLoft> {
        let mut tags = std::mem::take(&mut letter.tags);
        let span = self.client.send(&info(&letter), &mut TagsMut(&mut tags));
        let result = self.pigeons.send(Letter { tags, ..letter }).await;
        span.finish(&result);
        result
    }

    /// Settles a letter: the pigeon flies back.
    pub(crate) fn answer(&self, letter: &Received<Letter, Pigeon>) -> Result<(), NoSuchLoft> {
        let span = self.client.settle("answer", &info(letter), || letter.creation().clone());
        let result = self.pigeons.answer(letter);
        span.finish(&result);
        result
    }
}

pub(crate) struct TracedLoft {
    letters: Receiver<Letter>,
    client: ClientTracer<Pigeon>,
}

impl TracedLoft {
    pub(crate) async fn receive(&mut self) -> Option<Received<Letter, Pigeon>> {
        Some(self.client.received(self.letters.recv().await?))
    }
}
