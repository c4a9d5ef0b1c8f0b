//! NATS, with async-nats.

use std::time::Duration;

use anyhow::{Context, anyhow};
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, stream};
use async_nats::{HeaderMap, Message};
use futures::StreamExt;
use opentelemetry::trace::FutureExt;
use tracehop_nats::{IntoTraced, TracedClient, TracedMessages, TracedSubscriber};

use super::Application;
use crate::journey::Journey;
use crate::row::Way;
use crate::seen::{NOTE, NOTES};
use crate::word::Header;

pub(crate) struct Half {
    subject: String,
    client: TracedClient,
    way: Way,
    receiver: Option<Receiver>,
}

enum Receiver {
    Subscribed(TracedSubscriber),
    Stored(Box<TracedMessages<pull::Stream>>),
}

impl Half {
    pub(super) async fn open(
        app: &Application,
        address: &str,
        subject: &str,
        receives: bool,
        way: Way,
    ) -> anyhow::Result<Self> {
        let client = async_nats::connect(address).await?;
        let mut inbox = None;
        if way == Way::Stored {
            let config = stream::Config {
                name: subject.to_owned(),
                subjects: vec![subject.to_owned()],
                storage: stream::StorageType::Memory,
                // Whatever becomes of this run, nothing is left.
                max_age: Duration::from_secs(600),
                ..stream::Config::default()
            };
            let made = jetstream::new(client.clone()).create_stream(config).await?;
            if receives {
                let config = pull::Config { ack_policy: AckPolicy::Explicit, ..pull::Config::default() };
                let messages = made.create_consumer(config).await?.traced(&app.tracer).messages().await?;
                inbox = Some(Receiver::Stored(Box::new(messages)));
            }
        }
        let client = client.traced(&app.tracer);
        if receives && way != Way::Stored {
            inbox = Some(Receiver::Subscribed(client.subscribe(subject.to_owned()).await?));
            known(&client).await?;
        }
        Ok(Self { subject: subject.to_owned(), client, way, receiver: inbox })
    }

    pub(super) async fn send(&self, app: &Application, journey: Journey) -> anyhow::Result<()> {
        let mut headers = HeaderMap::new();
        for note in NOTES {
            headers.append(NOTE, note);
        }
        let (subject, payload) = (self.subject.clone(), "{}".into());
        let send = async {
            match self.way {
                Way::Plain => {
                    self.client.publish_with_headers(subject, headers, payload).await?;
                    self.client.flush().await?;
                }
                Way::Request => {
                    self.client.request_with_headers(subject, headers, payload).await?;
                }
                Way::Stored => {
                    let context = jetstream::new(self.client.inner().clone()).traced(&app.tracer);
                    context.publish_with_headers(subject, headers, payload).await?.await?;
                }
            }
            anyhow::Ok(())
        };
        send.with_context(app.checkout(journey)?).await
    }

    pub(super) async fn handle_one(&mut self, app: &Application) -> anyhow::Result<Vec<Header>> {
        match self.receiver.as_mut().context("this half sends")? {
            Receiver::Subscribed(subscriber) => {
                let message = subscriber.next().await.context("the server ended the subscription")?;
                let handle = async {
                    app.handle();
                    if let (Way::Request, Some(reply)) = (self.way, message.reply.clone()) {
                        self.client.publish(reply, "{}".into()).await?;
                        self.client.flush().await?;
                    }
                    anyhow::Ok(())
                };
                message.process(handle).await?;
                Ok(headers(&message))
            }
            Receiver::Stored(messages) => {
                let message = messages.next().await.context("the server ended the consumer")??;
                message.process(async { app.handle() }).await;
                message.double_ack().await.map_err(|error| anyhow!("{error}"))?;
                Ok(headers(&message))
            }
        }
    }
}

/// Returns when the server knows of the client's subscriptions. That they were written says nothing: a message over another
/// connection may be faster.
async fn known(client: &TracedClient) -> anyhow::Result<()> {
    let client = client.inner();
    let inbox = client.new_inbox();
    let mut echo = client.subscribe(inbox.clone()).await?;
    client.publish(inbox, "".into()).await?;
    echo.next().await.context("the server ended the subscription")?;
    Ok(())
}

fn headers(message: &Message) -> Vec<Header> {
    let all = message.headers.iter().flat_map(HeaderMap::iter);
    all.flat_map(|(name, values)| values.iter().map(|value| (name.to_string(), value.to_string()))).collect()
}
