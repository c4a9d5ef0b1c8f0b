//! The broker behind the conformance suite.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::FutureExt;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracehop::{IntoTraced, MessagingTracer, Received};
use tracehop_testing::brokers::{DroppedSend, Redelivery};
use tracehop_testing::{BrokerUnderTest, Header};

use crate::adapter::{Pigeon, TracedLoft, TracedPigeons};
use crate::pigeon::{Letter, NoSuchLoft, Pigeons};

const LOFT: &str = "ghent";

pub(crate) struct PostOffice {
    pigeons: TracedPigeons,
    bare: Pigeons,
    loft: Mutex<TracedLoft>,
}

impl BrokerUnderTest for PostOffice {
    type System = Pigeon;
    type Message = Letter;
    type Got = Received<Letter, Pigeon>;
    type Server = ();
    type Destination = Pigeons;

    const SETTLEMENTS: &'static [&'static str] = &["answer"];
    const REFUSED: &'static str = "no_such_loft";
    const ORDERED: bool = true;

    /// There is always room: a send is done at its first poll.
    const DROPPED_SEND: DroppedSend = DroppedSend::GivenUp;
    const REDELIVERY: Redelivery = Redelivery::Never("a pigeon carries its letter once");

    fn server() {}

    async fn create((): &()) -> Pigeons {
        Pigeons::default()
    }

    async fn connect(tracer: &MessagingTracer, bare: &Pigeons) -> Self {
        let bare = bare.clone();
        let pigeons = bare.clone().traced(tracer);
        let loft = Mutex::new(pigeons.keep(LOFT));
        Self { pigeons, bare, loft }
    }

    fn span_name(&self, operation: &str) -> String {
        let word = if operation == "send" { "release" } else { operation };
        format!("{word} {LOFT}")
    }

    async fn try_send(&self, headers: &[Header]) -> Result<(), String> {
        let sent = self.pigeons.send(letter(headers).expect("the tags can be tied on")).await;
        sent.map_err(|error| error.to_string())
    }

    async fn send_refused(&self) {
        let nowhere = Letter { loft: "atlantis".to_owned(), ..Letter::default() };
        assert_eq!(self.pigeons.send(nowhere).await, Err(NoSuchLoft));
    }

    async fn send_bare(&self, headers: &[Header]) -> Option<()> {
        self.bare.send(letter(headers)?).await.ok()
    }

    async fn receive(&self) -> Self::Got {
        let mut loft = self.loft.lock().await;
        let letter = timeout(Duration::from_secs(10), loft.receive()).await.expect("a pigeon comes in time");
        letter.expect("the post office is open")
    }

    fn received(got: &Self::Got) -> &Received<Letter, Pigeon> {
        got
    }

    fn headers(letter: &Letter) -> Vec<Header> {
        letter.tags.iter().map(|(name, value)| (name.clone().into_bytes(), Some(value.clone()))).collect()
    }

    async fn try_settle(&self, got: &Self::Got, _settlement: &str) -> Result<(), String> {
        self.pigeons.answer(got).map_err(|error| error.to_string())
    }

    async fn send_all(&self, count: usize) -> Vec<Result<(), String>> {
        let letters = vec![letter(&[]).expect("no tags can be tied on"); count];
        let results = self.pigeons.send_all(letters).await;
        results.into_iter().map(|result| result.map_err(|error| error.to_string())).collect()
    }

    async fn receive_all(&self, count: usize) -> Vec<Self::Got> {
        let mut loft = self.loft.lock().await;
        let batch = timeout(Duration::from_secs(10), loft.receive_all(count)).await;
        batch.expect("as many pigeons come in time")
    }

    async fn settle_all(&self, batch: &[Self::Got]) {
        self.pigeons.answer_all(batch).expect("the loft is kept");
    }

    async fn forward(&self, got: &Self::Got, reason: &str) {
        self.pigeons.forward(got, reason).await.expect("the loft is kept");
    }

    /// Pigeons call nobody back.
    async fn send_from_callback(&self, cx: Context) {
        self.send(&[]).with_context(cx).await;
        self.receive().await.process(self.send(&[])).await;
        self.receive().await.process(async {}).await;
    }
}

/// Tags are text and never null.
fn letter(headers: &[Header]) -> Option<Letter> {
    let tag = |(name, value): &Header| Some((String::from_utf8(name.clone()).ok()?, value.clone()?));
    Some(Letter {
        loft: LOFT.to_owned(),
        tags: headers.iter().map(tag).collect::<Option<_>>()?,
        note: "coo".to_owned(),
    })
}
