//! RabbitMQ. As a process it is the system's package.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::home::Home;
use super::recipe::{Doing, MAX_ANSWER_BYTES, Recipe};
use super::scheme::Scheme;
use super::settings::Settings;
use super::started::Started;
use crate::process::{Process, find};

/// Several times what it takes: a machine that is busy elsewhere is slow to start it, and one that fails ends at once.
const DEADLINE: Duration = Duration::from_secs(180);

/// Debian's and its relatives'. Run directly: the wrapper on the path changes the user. What others put on the path is not a
/// wrapper.
const PLACES: [&str; 1] = ["/usr/lib/rabbitmq/bin/rabbitmq-server"];

pub(super) const RECIPE: RabbitMq = RabbitMq;

pub(super) struct RabbitMq;

impl Recipe for RabbitMq {
    fn scheme(&self, scheme: &str) -> Scheme {
        match scheme {
            "amqp" => Scheme::Plain(5672),
            "amqps" => Scheme::Tls,
            _ => Scheme::Unknown("it begins with amqp:// or amqps://"),
        }
    }

    fn address(&self, host: &str, port: u16) -> String {
        format!("amqp://guest:guest@{host}:{port}/%2f")
    }

    fn greet<'a>(&'a self, stream: &'a mut TcpStream) -> Doing<'a, Option<String>> {
        Box::pin(greet(stream))
    }

    fn container(&self, _host: &str, _mapped: u16) -> Settings {
        Settings {
            port: 5672,
            ready: "Server startup complete",
            deadline: Duration::from_secs(90),
            environment: Vec::new(),
            arguments: &[],
            // Erlang keeps a table of this size, and some engines allow a thousand million.
            files: Some(4096),
            version_after: None,
        }
    }

    fn prepare<'a>(&'a self, home: &'a Home) -> Doing<'a, ()> {
        Box::pin(async move { prepare(home) })
    }

    fn start<'a>(&'a self, home: &'a Home) -> Doing<'a, Started> {
        Box::pin(start(home))
    }
}

/// Says [which AMQP it speaks](https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf), §4.2.2; the server answers with
/// `Connection.Start`.
async fn greet(stream: &mut TcpStream) -> anyhow::Result<Option<String>> {
    stream.write_all(b"AMQP\0\0\x09\x01").await?;
    let (kind, _channel, size) =
        (stream.read_u8().await?, stream.read_u16().await?, stream.read_u32().await?);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    ensure!(kind == 1 && size <= MAX_ANSWER_BYTES, "this is another protocol");
    let mut start = vec![0; size];
    stream.read_exact(&mut start).await?;
    ensure!(start.starts_with(&[0, 10, 0, 10]), "it does not start a connection");
    Ok(amqp_version(&start))
}

/// The field `version` of the server's properties, a long string. RabbitMQ has one; who has none is none.
fn amqp_version(start: &[u8]) -> Option<String> {
    const FIELD: &[u8] = b"\x07versionS";
    let field = start.windows(FIELD.len()).position(|bytes| bytes == FIELD)?;
    let (length, rest) = start.get(field + FIELD.len()..)?.split_first_chunk::<4>()?;
    let version = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some(String::from_utf8_lossy(version).into_owned())
}

fn server() -> anyhow::Result<PathBuf> {
    find("TRACEHOP_RABBITMQ_SERVER", "rabbitmq-server", &PLACES).context(
        "RabbitMQ is not installed: `apt-get install rabbitmq-server`, `brew install rabbitmq`, or set TRACEHOP_AMQP_URL to \
         one that runs",
    )
}

fn prepare(home: &Home) -> anyhow::Result<()> {
    server()?;
    std::fs::write(home.path("plugins"), "[].\n")?;
    std::fs::write(home.path("rabbitmq.conf"), format!("listeners.tcp.1 = 127.0.0.1:{}\n", home.port()))?;
    Ok(())
}

async fn start(home: &Home) -> anyhow::Result<Started> {
    let server = server()?;
    let [port, epmd_port, distribution_port] = home.ports;

    // Erlang's name server would otherwise be started by the node, and stay.
    let epmd = find("TRACEHOP_EPMD", "epmd", &[]).context("epmd, a part of Erlang, is not installed")?;
    let mut command = Command::new(epmd);
    command.args(["-address", "127.0.0.1", "-port", &epmd_port.to_string()]);
    // It stops at once, so it is the node's folder to remove.
    let epmd = Process::start("epmd", &mut command, None)?;

    let mut command = Command::new(server);
    command
        .env("HOME", home.directory())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("ERL_EPMD_PORT", epmd_port.to_string())
        // The port makes it unlike the other nodes of this process.
        .env("RABBITMQ_NODENAME", format!("tracehop-{}-{port}@localhost", std::process::id()))
        .env("RABBITMQ_DIST_PORT", distribution_port.to_string())
        .env("RABBITMQ_MNESIA_BASE", home.path("mnesia"))
        .env("RABBITMQ_LOG_BASE", home.path("log"))
        .env("RABBITMQ_LOGS", "-")
        .env("RABBITMQ_PID_FILE", home.path("pid"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", home.path("plugins"))
        .env("RABBITMQ_CONFIG_FILE", home.path("rabbitmq.conf"))
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    let mut process = Process::start("rabbitmq-server", &mut command, Some(home.directory()))?;
    process.wait_for_line("Server startup complete", DEADLINE).await?;
    Ok(Started { version: None, processes: vec![process, epmd] })
}
