//! As much of a NATS server as this example needs, for machines that have none.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::task::JoinSet;

/// Core NATS with headers: subjects without wildcards, no queue groups, no JetStream. It ends when this is dropped.
pub(crate) struct NatsStandIn {
    url: String,
    _tasks: JoinSet<()>,
}

/// What all connections share.
type Subscriptions = Arc<Mutex<Vec<Subscription>>>;

struct Subscription {
    subject: String,
    id: String,
    to: UnboundedSender<Vec<u8>>,
}

/// One message takes no more.
const MAX_PAYLOAD: usize = 1024 * 1024;

impl NatsStandIn {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("nats://{}", listener.local_addr()?);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let subscriptions = Subscriptions::default();
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let subscriptions = Arc::clone(&subscriptions);
                connections.spawn(async move {
                    // A client that goes, or says what is not understood, is hung up on.
                    let _ = serve(stream, &subscriptions).await;
                });
            }
        });
        Ok(Self { url, _tasks: tasks })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

async fn serve(stream: TcpStream, subscriptions: &Subscriptions) -> anyhow::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let (to, mut lines) = mpsc::unbounded_channel::<Vec<u8>>();
    let info = format!(
        "INFO {{\"server_id\":\"stand-in\",\"server_name\":\"stand-in\",\"version\":\"2.10.0\",\"proto\":1,\
         \"host\":\"127.0.0.1\",\"port\":4222,\"headers\":true,\"max_payload\":{MAX_PAYLOAD}}}\r\n"
    );
    writer.write_all(info.as_bytes()).await?;
    let write = async {
        while let Some(line) = lines.recv().await {
            writer.write_all(&line).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = write => ended,
        ended = read(BufReader::new(reader), subscriptions, to) => ended,
    }
}

async fn read(
    mut reader: impl AsyncBufReadExt + Unpin,
    subscriptions: &Subscriptions,
    to: UnboundedSender<Vec<u8>>,
) -> anyhow::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["PING", ..] => to.send(b"PONG\r\n".to_vec())?,
            ["SUB", subject, .., id] => {
                let subscription =
                    Subscription { subject: (*subject).to_owned(), id: (*id).to_owned(), to: to.clone() };
                all(subscriptions, |all| all.push(subscription));
            }
            ["PUB", subject, .., length] => {
                let body = body(&mut reader, length).await?;
                deliver(subscriptions, subject, |id| format!("MSG {subject} {id} {length}\r\n"), &body);
            }
            ["HPUB", subject, .., headers, length] => {
                let body = body(&mut reader, length).await?;
                deliver(
                    subscriptions,
                    subject,
                    |id| format!("HMSG {subject} {id} {headers} {length}\r\n"),
                    &body,
                );
            }
            // CONNECT, PONG, and UNSUB of clients that are about to go.
            _ => {}
        }
    }
}

/// What follows a line: so many bytes, and the end of a line.
async fn body(reader: &mut (impl AsyncBufReadExt + Unpin), length: &str) -> anyhow::Result<Vec<u8>> {
    let length: usize = length.parse()?;
    anyhow::ensure!(length <= MAX_PAYLOAD, "a message that is too large");
    let mut body = vec![0; length.checked_add(2).context("a message that is too large")?];
    reader.read_exact(&mut body).await?;
    Ok(body)
}

fn deliver(subscriptions: &Subscriptions, subject: &str, head: impl Fn(&str) -> String, body: &[u8]) {
    all(subscriptions, |all| {
        // Those of clients that have gone are forgotten.
        all.retain(|subscription| {
            subscription.subject != subject
                || subscription.to.send([head(&subscription.id).as_bytes(), body].concat()).is_ok()
        });
    });
}

fn all<T>(subscriptions: &Subscriptions, f: impl FnOnce(&mut Vec<Subscription>) -> T) -> T {
    f(&mut subscriptions.lock().unwrap_or_else(PoisonError::into_inner))
}
