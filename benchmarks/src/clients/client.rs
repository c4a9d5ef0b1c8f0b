//! A client, and one slice of its work in each style.

use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;

use futures::future::try_join_all;
use opentelemetry::KeyValue;
use opentelemetry::propagation::Injector;
use opentelemetry::trace::TraceContextExt;
use tracehop::{Inbound, MessagingSystem, Received};

use super::cell::Style;
use super::clock::Clock;
use super::hand::Hand;
use super::incoming::{Incoming, sum};
use super::spans_of_tracing;
use crate::servers::Mail;

/// What messages are sent to.
pub(super) const ORDERS: &str = "orders";

/// A client of one broker, bare and traced.
pub(super) trait Client {
    /// The value of `messaging.system`, and the system's word for a send.
    const SYSTEM: &'static str;
    const SEND: &'static str;
    /// Messages that wait for an answer at the same time.
    const IN_FLIGHT: usize;
    /// Sends that are begun before the first of them is waited for.
    const TOGETHER: u32 = 1;

    /// What a message's headers are in.
    type Headers: Default;
    /// How headers are written by hand.
    type Injector<'h>: Injector;
    type Message<'m>: Incoming;

    fn injector(headers: &mut Self::Headers) -> Self::Injector<'_>;

    /// One constant header.
    fn constant() -> Self::Headers;

    /// What by hand is said of the message of this number that is sent.
    fn of_sent(number: u32) -> Option<KeyValue>;

    /// Sends with the client alone; the inner future waits for the answer.
    fn send(
        &self,
        number: u32,
        headers: Self::Headers,
    ) -> impl Future<Output = anyhow::Result<impl Future<Output = anyhow::Result<()>>>>;

    /// The same with the wrapper.
    fn send_traced(
        &self,
        number: u32,
    ) -> impl Future<Output = anyhow::Result<impl Future<Output = anyhow::Result<()>>>>;

    /// What has to be waited for when all messages are sent.
    fn finish(&self) -> impl Future<Output = anyhow::Result<()>>;

    /// Receives so many messages with the client alone, in batches. The clock starts when they are asked for, because a client
    /// may have read them all when the first is handed out; on Kafka, where partitions have to be found first, with the first
    /// message.
    fn receive(
        &mut self,
        mail: Mail,
        messages: u32,
        batch: usize,
        handle: impl FnMut(&[Self::Message<'_>]) -> u64,
    ) -> impl Future<Output = anyhow::Result<Clock>>;

    /// The same with the wrapper.
    fn receive_traced(
        &mut self,
        mail: Mail,
        messages: u32,
        batch: usize,
    ) -> impl Future<Output = anyhow::Result<Clock>>;
}

pub(super) async fn send<C: Client>(
    client: &C,
    style: Style,
    hand: &Hand,
    messages: u32,
) -> anyhow::Result<Clock> {
    let clock = Clock::start();
    match style {
        Style::Bare => {
            pump::<C, _>(messages, async |number| client.send(number, C::Headers::default()).await).await?;
        }
        Style::Header => {
            pump::<C, _>(messages, async |number| client.send(number, C::constant()).await).await?;
        }
        Style::ByHand => {
            let send = async |number| {
                let mut headers = C::Headers::default();
                let cx = hand.send(ORDERS, C::of_sent(number), &mut C::injector(&mut headers));
                let answer = client.send(number, headers).await?;
                Ok(async move {
                    answer.await?;
                    cx.span().end();
                    Ok(())
                })
            };
            pump::<C, _>(messages, send).await?;
        }
        Style::Tracing => {
            let send = async |number| {
                let mut headers = C::Headers::default();
                let span = spans_of_tracing::send(C::SYSTEM, C::SEND, ORDERS, &mut C::injector(&mut headers));
                let answer = client.send(number, headers).await?;
                // The span ends when it is dropped.
                Ok(async move {
                    answer.await?;
                    drop(span);
                    Ok(())
                })
            };
            pump::<C, _>(messages, send).await?;
        }
        Style::Ours | Style::Whole => {
            pump::<C, _>(messages, async |number| client.send_traced(number).await).await?;
        }
    }
    client.finish().await?;
    Ok(clock)
}

/// Sends so many messages, so many of them in flight, and waits for every answer.
async fn pump<C: Client, F: Future<Output = anyhow::Result<()>>>(
    messages: u32,
    send: impl AsyncFn(u32) -> anyhow::Result<F>,
) -> anyhow::Result<()> {
    let together = usize::try_from(C::TOGETHER)?;
    let mut in_flight = VecDeque::with_capacity(C::IN_FLIGHT);
    let mut number = 0;
    while number < messages {
        while in_flight.len() + together > C::IN_FLIGHT
            && let Some(oldest) = in_flight.pop_front()
        {
            let oldest: F = oldest;
            oldest.await?;
        }
        let until = messages.min(number + C::TOGETHER);
        if C::TOGETHER == 1 {
            in_flight.push_back(send(number).await?);
        } else {
            in_flight.extend(try_join_all((number..until).map(|number| send(number))).await?);
        }
        number = until;
    }
    for rest in in_flight {
        rest.await?;
    }
    Ok(())
}

pub(super) async fn receive<C: Client>(
    client: &mut C,
    style: Style,
    hand: &Hand,
    mail: Mail,
    messages: u32,
    batch: usize,
) -> anyhow::Result<Clock> {
    match style {
        Style::Bare | Style::Header => client.receive(mail, messages, batch, |batch| all(batch)).await,
        Style::ByHand => {
            let handle = |batch: &[C::Message<'_>]| match batch {
                [one] => hand.process(one, |one| sum(one.payload())),
                many => hand.process_batch(many, all),
            };
            client.receive(mail, messages, batch, handle).await
        }
        Style::Tracing => {
            let handle = |batch: &[C::Message<'_>]| match batch {
                [one] => spans_of_tracing::process(C::SYSTEM, one, |one| sum(one.payload())),
                many => spans_of_tracing::process_batch(C::SYSTEM, many, all),
            };
            client.receive(mail, messages, batch, handle).await
        }
        Style::Ours | Style::Whole => client.receive_traced(mail, messages, batch).await,
    }
}

fn all<M: Incoming>(batch: &[M]) -> u64 {
    batch.iter().map(|message| sum(message.payload())).sum()
}

/// Handles what the wrapper received.
pub(super) async fn handle_traced<M: Inbound<S>, S: MessagingSystem>(
    batch: &[Received<M, S>],
    payload: impl Fn(&M) -> &[u8],
) -> anyhow::Result<()> {
    let sum = match batch {
        [one] => one.process(async { anyhow::Ok(sum(payload(one.message()))) }).await?,
        many => {
            let all = async { anyhow::Ok(many.iter().map(|each| sum(payload(each.message()))).sum::<u64>()) };
            tracehop::process_batch(many, all).await?
        }
    };
    black_box(sum);
    Ok(())
}
