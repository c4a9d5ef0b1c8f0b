//! `cargo xtask images`: images of the brokers from this system's packages, for where none can be pulled.
//!
//! No Dockerfile: a build would need the network from inside a container, and a base image. mmdebstrap writes a root
//! file system with packages in it as a tar file, from the mirror that the machine's own apt uses, and `docker import`
//! makes that an image. What they are told, and how they say that they are ready, is the same as with the official
//! ones.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::broker::{BROKERS, Broker, KAFKA, RABBITMQ};
use crate::install::{self, is_root, on_path, packages};
use crate::options::Options;
use crate::{engine, program, root};

/// It has RabbitMQ 4; what the other two need is in every release.
const RELEASE: &str = "trixie";

/// For one image; half a minute is usual.
const DEADLINE: Duration = Duration::from_secs(900);

/// How to make an image.
struct Recipe {
    /// Of mmdebstrap: how much of Debian there is besides the packages.
    variant: &'static str,
    /// Its last step before the file is written, which depends on the variant.
    hook: &'static str,
    packages: &'static str,
    /// Shell commands that complete the root file system `$1`, with the workspace in `$TRACEHOP_ROOT`.
    complete: &'static str,
    /// What `docker import` is told of the image.
    changes: &'static [&'static str],
}

const KAFKA_RECIPE: Recipe = Recipe {
    variant: "apt",
    hook: "customize",
    packages: "openjdk-21-jre-headless",
    complete: r#"
        mkdir -p "$1/opt/kafka/bin" "$1/opt/kafka/libs" "$1/opt/kafka/config"
        cp "$TRACEHOP_ROOT"/target/brokers/kafka/*.jar "$1/opt/kafka/libs/"
        cp "$TRACEHOP_ROOT"/integration-tests/kafka/log4j2.properties "$1/opt/kafka/config/"
        install -m 755 "$TRACEHOP_ROOT"/docker/kafka/*.sh "$1/opt/kafka/bin/""#,
    changes: &["CMD [\"/opt/kafka/bin/start.sh\"]", "EXPOSE 9092"],
};

const RABBITMQ_RECIPE: Recipe = Recipe {
    variant: "apt",
    hook: "customize",
    packages: "rabbitmq-server,tini",
    // As in the official image, guests may come from outside of the container.
    complete: r#"
        printf "loopback_users = none\nlog.console = true\n" >"$1/etc/rabbitmq/rabbitmq.conf"
        echo "[rabbitmq_management]." >"$1/etc/rabbitmq/enabled_plugins""#,
    changes: &[
        "CMD [\"tini\", \"--\", \"rabbitmq-server\"]",
        "ENV HOME=/var/lib/rabbitmq",
        // Before the wrappers of the same names, which change the user.
        "ENV PATH=/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin",
        "EXPOSE 5672 15672",
    ],
};

const NATS_RECIPE: Recipe = Recipe {
    variant: "extract",
    hook: "extract",
    packages: "busybox-static",
    // The health check of docker-compose.yml asks with wget.
    complete: r#"
        install -m 755 "$TRACEHOP_ROOT/target/brokers/nats-server" "$1/usr/bin/"
        ln -s busybox "$1/usr/bin/wget""#,
    changes: &["ENTRYPOINT [\"/usr/bin/nats-server\"]", "ENV PATH=/usr/bin", "EXPOSE 4222 8222"],
};

/// The task: makes the images that are not there.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(
        engine::answers(),
        "no Docker engine answers: `apt-get install docker.io`, and start dockerd; `docker info` says more"
    );
    for broker in BROKERS.into_iter().filter(|broker| options.wants(broker)) {
        if options.rebuild || !engine::has(&broker.local_image()) {
            make(broker)?;
        }
        println!("{}={}", broker.image_variable(), broker.local_image());
    }
    Ok(())
}

/// Makes the local image of a broker.
pub(crate) fn make(broker: &Broker) -> anyhow::Result<()> {
    ensure!(
        is_debian() && is_root(),
        "{} can be made only by root on Debian; elsewhere: `docker pull {}`",
        broker.local_image(),
        broker.official_image()?
    );
    if on_path("mmdebstrap").is_none() {
        packages(&["mmdebstrap"])?;
    }
    let started = Instant::now();
    println!("making {}", broker.local_image());
    let recipe = recipe(broker)?;
    let tar = install::cache().join(format!("{}.tar", broker.name));
    let made = root_file_system(&recipe, &tar).and_then(|()| import(broker, &recipe, &tar));
    // It is as large as the image.
    let _ = std::fs::remove_file(&tar);
    made.with_context(|| format!("{} cannot be made", broker.local_image()))?;
    println!("made {} in {} s", broker.local_image(), started.elapsed().as_secs());
    Ok(())
}

fn recipe(broker: &Broker) -> anyhow::Result<Recipe> {
    if *broker == KAFKA {
        install::kafka_jars()?;
        Ok(KAFKA_RECIPE)
    } else if *broker == RABBITMQ {
        Ok(RABBITMQ_RECIPE)
    } else {
        install::nats_server()?;
        Ok(NATS_RECIPE)
    }
}

fn root_file_system(recipe: &Recipe, tar: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(install::cache())?;
    let mut command = Command::new("mmdebstrap");
    command
        .arg("--quiet")
        .arg(format!("--variant={}", recipe.variant))
        .arg(format!("--include={}", recipe.packages))
        .arg(format!("--{}-hook=set -e; {}", recipe.hook, recipe.complete.trim()))
        .arg(RELEASE)
        .arg(tar)
        .env("TRACEHOP_ROOT", root());
    // It has much to say, and says it where there is an error.
    program::output(&mut command, DEADLINE).map(drop)
}

fn import(broker: &Broker, recipe: &Recipe, tar: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("docker");
    command.arg("import");
    for change in recipe.changes {
        command.args(["--change", change]);
    }
    program::output(command.arg(tar).arg(broker.local_image()), DEADLINE).map(drop)
}

fn is_debian() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=debian")
}
