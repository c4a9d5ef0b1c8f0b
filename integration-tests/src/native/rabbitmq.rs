//! RabbitMQ, from the system's package.

use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use super::{Native, find};
use crate::{Broker, Process, handshake, ports};

/// Several times what it takes: a machine that is busy elsewhere is slow to start it, and one that fails ends at once.
const DEADLINE: Duration = Duration::from_secs(180);

/// Run directly: the wrapper on the path changes the user.
const PLACES: [&str; 1] = ["/usr/lib/rabbitmq/bin/rabbitmq-server"];

pub(super) async fn start() -> anyhow::Result<Native> {
    let server = find("TRACEHOP_RABBITMQ_SERVER", "rabbitmq-server", &PLACES).context(
        "RabbitMQ is not installed: `apt-get install rabbitmq-server`, or set TRACEHOP_AMQP_URL to one that runs",
    )?;
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name);
    let (port, epmd_port, distribution_port) = (ports::free()?, ports::free()?, ports::free()?);
    std::fs::write(path("plugins"), "[].\n")?;
    std::fs::write(path("rabbitmq.conf"), format!("listeners.tcp.1 = 127.0.0.1:{port}\n"))?;

    // Erlang's name server would otherwise be started by the node, and stay.
    let epmd = find("TRACEHOP_EPMD", "epmd", &[]).context("epmd, a part of Erlang, is not installed")?;
    let mut command = Command::new(epmd);
    command.args(["-address", "127.0.0.1", "-port", &epmd_port.to_string()]);
    let epmd = Process::start("epmd", &mut command)?;

    let mut command = Command::new(server);
    command
        .env("HOME", directory.path())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("ERL_EPMD_PORT", epmd_port.to_string())
        // The port makes it unlike the other nodes of this process.
        .env("RABBITMQ_NODENAME", format!("tracehop-{}-{port}@localhost", std::process::id()))
        .env("RABBITMQ_DIST_PORT", distribution_port.to_string())
        .env("RABBITMQ_MNESIA_BASE", path("mnesia"))
        .env("RABBITMQ_LOG_BASE", path("log"))
        .env("RABBITMQ_LOGS", "-")
        .env("RABBITMQ_PID_FILE", path("pid"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
        .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    let mut process = Process::start("rabbitmq-server", &mut command)?;
    process.wait_for_line("Server startup complete", DEADLINE).await?;
    let address = format!("amqp://guest:guest@127.0.0.1:{port}/%2f");
    let version = handshake::until_answered(Broker::RabbitMq, &address, DEADLINE).await?;
    Ok(Native {
        address,
        version: version.unwrap_or_else(|| "unknown".to_owned()),
        _processes: vec![process, epmd],
        _directory: directory,
    })
}
