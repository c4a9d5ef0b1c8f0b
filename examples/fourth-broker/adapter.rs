//! All it takes to make a broker traceable: its words, its headers, its messages, and its client.

use std::any::Any;
use std::borrow::{Borrow, Cow};
use std::time::SystemTime;

use tokio::sync::mpsc::Receiver;
use tracehop::{
    Carrier, CarrierError, CarrierMut, ClientFacts, ClientTracer, Describe, Destination, Failure,
    HeaderPatch, Inbound, IntoTraced, MessageInfo, MessagingSystem, MessagingTracer, OperationKind, Received,
};

use crate::pigeon::{Letter, NoSuchLoft, Pigeons};

/// The marker: the system's words and errors.
pub(crate) enum Pigeon {}

impl MessagingSystem for Pigeon {
    const NAME: &'static str = "pigeon";

    fn operation_name(kind: OperationKind) -> &'static str {
        if kind == OperationKind::Send { "release" } else { kind.as_str() }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        error.is::<NoSuchLoft>().then_some("no_such_loft".into())
    }
}

/// The headers: tags may repeat, and keep their order.
struct Tags<T>(T);

impl<T: Borrow<Vec<(String, Vec<u8>)>>> Carrier for Tags<T> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        for (name, value) in self.0.borrow() {
            f(name.as_bytes(), Some(value));
        }
    }
}

impl CarrierMut for Tags<&mut Vec<(String, Vec<u8>)>> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.0.retain(|(name, _)| !patch.owns(name.as_bytes()));
        self.0.extend(patch.headers().map(|(name, value)| (name.to_owned(), value.to_vec())));
        Ok(())
    }
}

/// The messages.
impl Inbound<Pigeon> for Letter {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named(&self.loft)).body_size(self.note.len())
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Tags(&self.tags)
    }
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
        let span = self.client.send(&letter.info(), &mut Tags(&mut tags));
        span.finish_after(self.pigeons.send(Letter { tags, ..letter })).await
    }

    /// Sends a letter on below the span in which it was handled, with everything that it carries.
    pub(crate) async fn forward(
        &self,
        letter: &Received<Letter, Pigeon>,
        why: &str,
    ) -> Result<(), NoSuchLoft> {
        let mut tags = letter.tags.clone();
        // Tags hold any text: nothing is refused.
        let _ = Tags(&mut tags).apply(&letter.forward_headers(why));
        letter.forwarding(self.send(Letter { tags, ..letter.message().clone() })).await
    }

    /// Sends several letters, each with a span of its own below that of the call.
    pub(crate) async fn send_all(&self, letters: Vec<Letter>) -> Vec<Result<(), NoSuchLoft>> {
        let mut batch = self.client.send_batch(letters.iter().map(Inbound::info));
        let mut results = Vec::new();
        for (place, mut letter) in letters.into_iter().enumerate() {
            let mut tags = std::mem::take(&mut letter.tags);
            let span = batch.add(&letter.info(), &mut Tags(&mut tags));
            let result = span.finish_after(self.pigeons.send(Letter { tags, ..letter })).await;
            if let Err(error) = &result {
                batch.message_failed(place, Failure::of(error));
            }
            results.push(result);
        }
        batch.end();
        results
    }

    /// Settles several letters with one span.
    pub(crate) fn answer_all(&self, letters: &[Received<Letter, Pigeon>]) -> Result<(), NoSuchLoft> {
        let span = self.client.settle_batch("answer", letters);
        span.finish_with(|| letters.iter().try_for_each(|letter| self.pigeons.answer(letter)))
    }

    /// Settles a letter: the pigeon flies back.
    pub(crate) fn answer(&self, letter: &Received<Letter, Pigeon>) -> Result<(), NoSuchLoft> {
        let span = self.client.settle_received("answer", &letter.info(), letter);
        span.finish_with(|| self.pigeons.answer(letter))
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

    /// Waits for so many letters, or until there are no more.
    pub(crate) async fn receive_all(&mut self, count: usize) -> Vec<Received<Letter, Pigeon>> {
        let mut batch = Vec::new();
        let mut receive = self.client.receive_batch(SystemTime::now());
        while batch.len() < count
            && let Some(letter) = self.receive().await
        {
            receive.add(&letter);
            batch.push(letter);
        }
        batch
    }
}
