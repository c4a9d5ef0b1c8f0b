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
use broker_table::Broker;

use crate::install::{self, is_root, on_path, packages};
use crate::options::Options;
use crate::recipes::{self, Recipe};
use crate::workspace::root;
use crate::{engine, program};

/// It has RabbitMQ 4; what the others need is in every release.
const RELEASE: &str = "trixie";

/// For one image; half a minute is usual.
const DEADLINE: Duration = Duration::from_secs(900);

/// The task: makes the images that are not there.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(
        engine::answers(),
        "no Docker engine answers: `apt-get install docker.io`, and start dockerd; `docker info` says more"
    );
    for broker in Broker::ALL.iter().copied().filter(|broker| options.wants(*broker)) {
        if options.rebuild || !engine::has(&broker.local_image()) {
            make(broker)?;
        }
        println!("{}={}", broker.image_variable(), broker.local_image());
    }
    Ok(())
}

/// Makes the local image of a broker.
pub(crate) fn make(broker: Broker) -> anyhow::Result<()> {
    ensure!(
        is_debian() && is_root(),
        "{} can be made only by root on Debian; elsewhere: `docker pull {}`",
        broker.local_image(),
        broker.official_image()
    );
    if on_path("mmdebstrap").is_none() {
        packages(&["mmdebstrap"])?;
    }
    let started = Instant::now();
    println!("making {}", broker.local_image());
    let recipe = recipes::of(broker);
    (recipe.fetch)()?;
    let tar = install::cache().join(format!("{broker}.tar"));
    let made = root_file_system(recipe, &tar).and_then(|()| import(broker, recipe, &tar));
    // It is as large as the image.
    let _ = std::fs::remove_file(&tar);
    made.with_context(|| format!("{} cannot be made", broker.local_image()))?;
    println!("made {} in {} s", broker.local_image(), started.elapsed().as_secs());
    Ok(())
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

fn import(broker: Broker, recipe: &Recipe, tar: &Path) -> anyhow::Result<()> {
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
