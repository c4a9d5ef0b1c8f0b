//! What the child does.

use std::io::{self, Write};

use anyhow::Context;

use super::server::Server;
use super::{amqp, kafka, listen, nats, sink};
use crate::pin::Pin;

/// Serves what the command line names, says on standard output where, and ends when standard input does: a parent that was
/// killed leaves nobody behind.
///
/// # Errors
///
/// The name is unknown, or the port or the cluster cannot be opened.
pub fn serve() -> anyhow::Result<()> {
    let server = std::env::args().nth(1).context("the name of a server is missing")?.parse()?;
    if server == Server::RabbitMq {
        Pin::Server.here();
    }
    // The cluster lives as long as its host.
    let mut cluster = None;
    let address = match server {
        Server::Kafka => cluster.insert(kafka::start()?).bootstrap_servers().to_owned(),
        Server::RabbitMq => listen::listen(amqp::serve)?.to_string(),
        Server::Nats => listen::listen(nats::serve)?.to_string(),
        Server::Sink => {
            let count = sink::Count::default();
            listen::listen(move |stream| sink::serve(stream, &count))?.to_string()
        }
    };
    println!("{address}");
    io::stdout().flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
