//! The HTTP service that the suite calls.

use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::bridge::Bridge;
use crate::http_request::HttpRequest;
use crate::job::Call;
use crate::message::Headers;
use crate::transport::Transport;

/// More wait in the listener's queue.
const MAX_CONNECTIONS: usize = 64;

/// Ends only if nobody can be accepted any more.
pub(crate) async fn run(listener: TcpListener, bridge: &Bridge<impl Transport>) -> anyhow::Result<()> {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let place = Arc::clone(&room).acquire_owned().await?;
        let (stream, _) = listener.accept().await?;
        let bridge = bridge.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(stream, &bridge).await {
                eprintln!("a request got no answer: {error:#}");
            }
            drop(place);
        });
    }
}

async fn answer(mut stream: TcpStream, bridge: &Bridge<impl Transport>) -> anyhow::Result<()> {
    let (status, body) = match read(&mut stream).await {
        Err(error) => ("400 Bad Request", refusal(&error)),
        Ok((headers, calls)) => match bridge.answer(headers, calls).await {
            Err(error) => ("502 Bad Gateway", refusal(&error)),
            Ok(called) if called.iter().any(|called| called.error.is_some()) => {
                ("502 Bad Gateway", json!(called))
            }
            Ok(called) => ("200 OK", json!(called)),
        },
    };
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    Ok(stream.shutdown().await?)
}

async fn read(stream: &mut TcpStream) -> anyhow::Result<(Headers, Vec<Call>)> {
    let HttpRequest { headers, body } = HttpRequest::read(stream).await?;
    let calls = serde_json::from_slice(&body)
        .context("the body must be a JSON array of objects with a `url` and `arguments`")?;
    Ok((headers, calls))
}

fn refusal(error: &anyhow::Error) -> Value {
    let error = format!("{error:#}");
    eprintln!("a request failed: {error}");
    json!({ "error": error })
}
