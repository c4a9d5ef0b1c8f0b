//! From a request to its callbacks.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::time::timeout;

use crate::callback::Callback;
use crate::http_post;
use crate::job::{Call, Job};
use crate::message::{Headers, Message};
use crate::pending::{Called, Pending};
use crate::transport::Transport;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Bridge<T> {
    transport: Arc<T>,
    pending: Arc<Pending>,
}

impl<T> Clone for Bridge<T> {
    fn clone(&self) -> Self {
        Self { transport: Arc::clone(&self.transport), pending: Arc::clone(&self.pending) }
    }
}

impl<T: Transport> Bridge<T> {
    pub(crate) fn new(transport: T) -> Self {
        Self { transport: Arc::new(transport), pending: Arc::default() }
    }

    /// Ends only if a broker fails.
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let serve = async {
            loop {
                self.transport.serve_one().await?;
            }
        };
        let call_back = async {
            loop {
                let message = self.transport.receive().await?;
                // A callback may lead to the next request before it is answered, so nothing waits for it here.
                tokio::spawn(call(message, Arc::clone(&self.pending)));
            }
        };
        tokio::select! {
            failed = serve => failed,
            failed = call_back => failed,
        }
    }

    /// Sends a request through the service, and waits until its callbacks are made.
    pub(crate) async fn answer(&self, headers: Headers, calls: Vec<Call>) -> anyhow::Result<Vec<Called>> {
        let expected = calls.len();
        let (id, mut called) = self.pending.wait(expected);
        let payload = serde_json::to_vec(&Job { id, calls })?;
        let all = async {
            self.transport.send(Message { headers, payload }).await?;
            let mut all = Vec::new();
            while all.len() < expected {
                all.push(called.recv().await.context("nobody makes the callbacks any more")?);
            }
            anyhow::Ok(all)
        };
        timeout(PATIENCE, all)
            .await
            .context("the callbacks were not made in time: does the broker answer?")?
    }

    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        self.transport.clean_up().await
    }
}

async fn call(message: Message, pending: Arc<Pending>) {
    let Ok(Callback { id, url, arguments }) = serde_json::from_slice(&message.payload) else {
        eprintln!("a message is left out, because somebody else sent it");
        return;
    };
    let body = arguments.to_string();
    let posted = http_post::post(&url, &message.headers, body.as_bytes()).await;
    let text = |(name, value): (String, Vec<u8>)| (name, String::from_utf8_lossy(&value).into_owned());
    let headers = message.headers.into_iter().map(text).collect();
    let error = posted.err().map(|error| format!("{error:#}"));
    pending.called(id, Called { url, headers, error });
}
