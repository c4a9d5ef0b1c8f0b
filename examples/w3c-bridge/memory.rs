//! Two queues inside this process, and the adapter that makes them traceable.

use anyhow::Context;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracehop::{
    Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo,
    MessagingSystem, MessagingTracer,
};

use crate::job;
use crate::message::Message;
use crate::transport::Transport;

/// How many messages wait in a queue before senders have to.
const ROOM: usize = 1_000;

/// The marker: the system's words.
enum InMemory {}

impl MessagingSystem for InMemory {
    const NAME: &'static str = "memory";
}

struct Note {
    queue: &'static str,
    headers: MemoryHeaders,
    payload: Vec<u8>,
}

impl Inbound<InMemory> for Note {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named(self.queue)).body_size(self.payload.len())
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.headers
    }
}

pub(crate) struct Memory {
    client: ClientTracer<InMemory>,
    requests: Queue,
    callbacks: Queue,
}

struct Queue {
    sender: Sender<Note>,
    receiver: Mutex<Receiver<Note>>,
}

impl Memory {
    pub(crate) fn new(tracer: &MessagingTracer) -> Self {
        Self {
            client: ClientTracer::new(tracer, ClientFacts::default()),
            requests: Queue::new(),
            callbacks: Queue::new(),
        }
    }

    async fn send_traced(&self, payload: Vec<u8>) -> anyhow::Result<()> {
        let mut note = Note { queue: "callbacks", headers: MemoryHeaders::new(), payload };
        let mut headers = MemoryHeaders::new();
        let span = self.client.send(&note.info(), &mut headers);
        note.headers = headers;
        Ok(span.finish_after(self.callbacks.sender.send(note)).await?)
    }
}

impl Queue {
    fn new() -> Self {
        let (sender, receiver) = channel(ROOM);
        Self { sender, receiver: Mutex::new(receiver) }
    }

    async fn receive(&self) -> anyhow::Result<Note> {
        self.receiver.lock().await.recv().await.context("the queue was closed")
    }
}

impl Transport for Memory {
    async fn send(&self, Message { headers, payload }: Message) -> anyhow::Result<()> {
        let headers = headers.into_iter().map(|(name, value)| (name, Some(value))).collect();
        Ok(self.requests.sender.send(Note { queue: "requests", headers, payload }).await?)
    }

    async fn serve_one(&self) -> anyhow::Result<()> {
        let note = self.client.received(self.requests.receive().await?);
        note.process(job::handle(&note.payload, |payload| self.send_traced(payload))).await
    }

    async fn receive(&self) -> anyhow::Result<Message> {
        let Note { headers, payload, .. } = self.callbacks.receive().await?;
        let headers = headers.into_vec().into_iter();
        let headers = headers.map(|(name, value)| (name, value.unwrap_or_default())).collect();
        Ok(Message { headers, payload })
    }
}
