//! Core NATS, and what it shares with JetStream.

use anyhow::Context;
use async_nats::{Client, HeaderMap, HeaderName, HeaderValue, Subscriber};
use futures::StreamExt;
use tokio::sync::Mutex;
use tracehop_nats::{IntoTraced, MessagingTracer, TracedClient, TracedSubscriber};

use crate::job;
use crate::message::{Headers, Message};
use crate::names::Names;
use crate::transport::Transport;

pub(crate) struct Nats {
    bare: Client,
    requests: Mutex<TracedSubscriber>,
    service: TracedClient,
    callbacks: Mutex<Subscriber>,
    names: Names,
}

impl Nats {
    pub(crate) async fn connect(url: &str, names: Names, tracer: &MessagingTracer) -> anyhow::Result<Self> {
        let bare = connect(url).await?;
        let service = bare.clone().traced(tracer);
        // Nobody keeps a message of core NATS. What one connection subscribes to is there before what it publishes.
        let requests = Mutex::new(service.subscribe(names.requests.clone()).await?);
        let callbacks = Mutex::new(bare.subscribe(names.callbacks.clone()).await?);
        Ok(Self { bare, requests, service, callbacks, names })
    }

    async fn send_traced(&self, payload: Vec<u8>) -> anyhow::Result<()> {
        Ok(self.service.publish(self.names.callbacks.clone(), payload.into()).await?)
    }
}

pub(crate) async fn connect(url: &str) -> anyhow::Result<Client> {
    let connecting = async_nats::connect(url).await;
    connecting.with_context(|| {
        let host = url.rsplit('@').next().unwrap_or_default();
        format!("no NATS server answers at {host}: start one, or give another URL with --nats-url")
    })
}

/// The values of a name keep their order. The names have none.
pub(crate) fn header_map(headers: Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        // The server does as these say, for example drops a message whose id it knows.
        let is_for_server = name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("nats-"));
        let value = str::from_utf8(&value).ok().and_then(|value| value.parse::<HeaderValue>().ok());
        match (name.parse::<HeaderName>(), value) {
            (Ok(name), Some(value)) if !is_for_server => map.append(name, value),
            _ => eprintln!("a header that NATS cannot hold, or takes for itself, is left out: {name}"),
        }
    }
    map
}

pub(crate) fn message(message: async_nats::Message) -> Message {
    let mut headers = Headers::new();
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        headers.extend(values.iter().map(|value| (name.to_string(), value.as_str().as_bytes().to_owned())));
    }
    Message { headers, payload: message.payload.into() }
}

impl Transport for Nats {
    async fn send(&self, Message { headers, payload }: Message) -> anyhow::Result<()> {
        let subject = self.names.requests.clone();
        Ok(self.bare.publish_with_headers(subject, header_map(headers), payload.into()).await?)
    }

    async fn serve_one(&self) -> anyhow::Result<()> {
        let request = self.requests.lock().await.next().await.context("NATS ended the subscription")?;
        request.process(job::handle(&request.payload, |payload| self.send_traced(payload))).await
    }

    async fn receive(&self) -> anyhow::Result<Message> {
        let callback = self.callbacks.lock().await.next().await.context("NATS ended the subscription")?;
        Ok(message(callback))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_name_keep_their_order_and_what_cannot_be_held_is_left_out() {
        let headers = [
            ("a", &b"2"[..]),
            ("A", b"3"),
            ("a", b"1"),
            ("Nats-Msg-Id", b"4"),
            ("nats-msg-id", b"4"),
            ("b", b"\xff"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let map = header_map(headers);
        let mut held: Vec<_> = map
            .iter()
            .map(|(name, values)| {
                (name.to_string(), values.iter().map(HeaderValue::as_str).collect::<Vec<_>>())
            })
            .collect();
        held.sort();
        assert_eq!(held, [("A".to_owned(), vec!["3"]), ("a".to_owned(), vec!["2", "1"])]);
    }
}
