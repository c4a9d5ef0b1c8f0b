//! Apache Kafka: one `KRaft` node that is broker and controller. As a process it runs from its jars.

mod java;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::home::Home;
use super::recipe::{Doing, Recipe};
use super::scheme::Scheme;
use super::settings::Settings;
use super::started::Started;
use crate::process::{Process, fetched, find};

/// Several times what it takes: a machine that is busy elsewhere is slow to start it, and one that fails ends at once.
const DEADLINE: Duration = Duration::from_secs(180);

/// The jar whose name tells the version: `kafka_2.13-4.1.0.jar`.
const JAR: &str = "kafka_2.13-";

/// Any 16 bytes in unpadded URL-safe base64: the cluster is alone with its data.
const CLUSTER_ID: &str = "dHJhY2Vob3AtdGVzdHMtMQ";

/// Everything to standard output, where the line that says that it is ready is waited for.
const LOG4J: &str = include_str!("kafka/log4j2.properties");
const LOG4J_FILE: &str = "log4j2.properties";
const PROPERTIES: &str = "server.properties";

pub(super) const RECIPE: Kafka = Kafka;

pub(super) struct Kafka;

impl Recipe for Kafka {
    fn scheme(&self, scheme: &str) -> Scheme {
        match scheme {
            "" | "plaintext" | "sasl_plaintext" => Scheme::Plain(9092),
            "ssl" | "sasl_ssl" => Scheme::Tls,
            _ => Scheme::Unknown("it is host:port, with commas between several"),
        }
    }

    fn address(&self, host: &str, port: u16) -> String {
        format!("{host}:{port}")
    }

    fn greet<'a>(&'a self, stream: &'a mut TcpStream) -> Doing<'a, Option<String>> {
        Box::pin(async { greet(stream).await.map(|()| None) })
    }

    fn container(&self, host: &str, mapped: u16) -> Settings {
        Settings {
            port: 9092,
            ready: "Kafka Server started",
            deadline: Duration::from_secs(90),
            environment: environment(host, mapped),
            arguments: &[],
            files: None,
            version_after: Some("Kafka version: "),
        }
    }

    fn prepare<'a>(&'a self, home: &'a Home) -> Doing<'a, ()> {
        Box::pin(prepare(home))
    }

    fn start<'a>(&'a self, home: &'a Home) -> Doing<'a, Started> {
        Box::pin(start(home))
    }
}

/// Asks for the [versions of the API](https://kafka.apache.org/41/design/protocol/), as every client does first.
async fn greet(stream: &mut TcpStream) -> anyhow::Result<()> {
    const CORRELATION: i32 = 0x7472_6163;
    // Size, key, version, correlation, no client id.
    stream.write_i32(10).await?;
    stream.write_i16(18).await?;
    stream.write_i16(0).await?;
    stream.write_i32(CORRELATION).await?;
    stream.write_i16(-1).await?;
    let _size = stream.read_i32().await?;
    ensure!(stream.read_i32().await? == CORRELATION, "this is another protocol");
    let error = stream.read_i16().await?;
    ensure!(error == 0, "it answers with error {error}");
    Ok(())
}

/// One node that is broker and controller, as in `docker-compose.yml`.
fn environment(host: &str, mapped: u16) -> Vec<(&'static str, String)> {
    [
        ("KAFKA_NODE_ID", "1"),
        ("KAFKA_PROCESS_ROLES", "broker,controller"),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
        ("KAFKA_LISTENERS", "PLAINTEXT://:9092,CONTROLLER://:9093,INTERNAL://:9094"),
        // The broker verifies transactions with itself, and the mapped port is not to be reached from inside.
        ("KAFKA_ADVERTISED_LISTENERS", &format!("PLAINTEXT://{host}:{mapped},INTERNAL://localhost:9094")),
        (
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT",
        ),
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "INTERNAL"),
        ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "1"),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS", "1"),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1"),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1"),
        ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
        ("KAFKA_HEAP_OPTS", "-Xmx512m"),
    ]
    .into_iter()
    .map(|(variable, value)| (variable, value.to_owned()))
    .collect()
}

/// The folders in which a Kafka may have its jars, the first one first.
fn places() -> impl Iterator<Item = PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let chosen = variable("TRACEHOP_KAFKA_JARS");
    let unpacked = variable("KAFKA_HOME").map(|home| home.join("libs"));
    // Homebrew's is on the path with a link to where it is.
    let script = find("TRACEHOP_KAFKA_SERVER_START", "kafka-server-start.sh", &[]);
    let beside = script.and_then(|script| Some(script.canonicalize().ok()?.parent()?.parent()?.join("libs")));
    chosen.into_iter().chain(fetched("kafka")).chain(unpacked).chain(beside).chain(["/opt/kafka/libs".into()])
}

/// The folder with its jars, and their version.
fn jars() -> anyhow::Result<(PathBuf, String)> {
    places().find_map(|jars| Some((version(&jars)?, jars))).map(|(version, jars)| (jars, version)).context(
        "Apache Kafka is not installed: unpack a release of https://kafka.apache.org/downloads and set KAFKA_HOME to it, or \
         set TRACEHOP_KAFKA_JARS to a folder with its jars, or TRACEHOP_KAFKA_BROKERS to one that runs",
    )
}

/// Kafka's setting is a list of folders.
fn ensure_is_one_folder(path: &Path) -> anyhow::Result<()> {
    let path = path.display().to_string();
    ensure!(
        !path.contains(','),
        "Kafka cannot live in {path}, as a comma ends a path: set TMPDIR to another folder"
    );
    Ok(())
}

/// Kafka's Java, called with one of its classes.
async fn class(name: &str, jars: &Path, home: &Home) -> anyhow::Result<Command> {
    let mut command = Command::new(java::find().await?);
    command
        .arg("-Xmx512m")
        .arg(format!("-Dlog4j2.configurationFile={}", home.path(LOG4J_FILE).display()))
        .arg("-cp")
        .arg(jars.join("*"))
        .arg(name);
    Ok(command)
}

async fn prepare(home: &Home) -> anyhow::Result<()> {
    let (jars, _) = jars()?;
    let [port, controller, _] = home.ports;
    ensure_is_one_folder(home.directory())?;
    std::fs::write(home.path(PROPERTIES), configuration(port, controller, &home.path("data")))?;
    std::fs::write(home.path(LOG4J_FILE), LOG4J)?;
    let mut format = class("kafka.tools.StorageTool", &jars, home).await?;
    format.args(["format", "--cluster-id", CLUSTER_ID, "--config"]).arg(home.path(PROPERTIES));
    finish(format).await.context("Kafka's storage cannot be formatted")
}

async fn start(home: &Home) -> anyhow::Result<Started> {
    let (jars, version) = jars()?;
    let mut kafka = class("kafka.Kafka", &jars, home).await?;
    kafka.arg(home.path(PROPERTIES));
    let mut process = Process::start("kafka", &mut kafka, Some(home.directory()))?;
    process.wait_for_line("Kafka Server started", DEADLINE).await?;
    Ok(Started { version: Some(version), processes: vec![process] })
}

fn version(jars: &Path) -> Option<String> {
    let names = jars.read_dir().ok()?.filter_map(Result::ok).map(|entry| entry.file_name());
    names
        .into_iter()
        .find_map(|name| Some(name.to_str()?.strip_prefix(JAR)?.strip_suffix(".jar")?.to_owned()))
}

fn configuration(port: u16, controller: u16, data: &Path) -> String {
    // One node: nothing can be replicated. Rebalances need not wait for members that start together.
    format!(
        "\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.dirs={}
",
        data.display()
    )
}

/// Runs a command that ends by itself.
async fn finish(command: Command) -> anyhow::Result<()> {
    let mut command = tokio::process::Command::from(command);
    let output = timeout(DEADLINE, command.kill_on_drop(true).output())
        .await
        .with_context(|| format!("it took longer than {DEADLINE:?}"))??;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", said.trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_the_mapped_port() {
        let environment = RECIPE.container("127.0.0.1", 20_000).environment;
        let advertised = environment.iter().find(|(name, _)| *name == "KAFKA_ADVERTISED_LISTENERS");
        assert!(advertised.is_some_and(|(_, value)| value.starts_with("PLAINTEXT://127.0.0.1:20000,")));
    }

    #[test]
    fn a_folder_with_a_comma_is_refused() {
        assert!(ensure_is_one_folder(Path::new("/tmp/a b")).is_ok());
        let error = ensure_is_one_folder(Path::new("/tmp/a,b")).unwrap_err().to_string();
        assert!(error.ends_with("set TMPDIR to another folder"), "{error}");
    }

    #[test]
    fn the_version_is_in_the_name_of_a_jar() {
        let jars = tempfile::tempdir().unwrap();
        assert_eq!(version(jars.path()), None);
        for name in ["kafka-clients-9.9.9.jar", "kafka_2.13-4.1.0.jar"] {
            std::fs::write(jars.path().join(name), "").unwrap();
        }
        assert_eq!(version(jars.path()), Some("4.1.0".to_owned()));
    }
}
