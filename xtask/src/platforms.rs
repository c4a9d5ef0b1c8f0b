//! The systems that the published crates are for, beside the one that this runs on.

use std::process::Command;

use anyhow::ensure;

use crate::install::DOWNLOAD;
use crate::libraries::Library;
use crate::workspace::{cargo_command, root};
use crate::{loud, program};

/// One for each system; the others of the same system differ in nothing that the crates see.
const PLATFORMS: [&str; 2] = ["x86_64-pc-windows-gnu", "x86_64-apple-darwin"];

/// They are built from C in part, which takes a C compiler for the other system: a client; an allocator, and TLS.
const NEED_A_C_COMPILER: [&str; 2] = ["tracehop-kafka", "tracehop-cli"];

/// Checks each published crate for each of the systems, if the standard library for it is installed or can be.
pub(crate) fn run() -> anyhow::Result<()> {
    let libraries = Library::all()?;
    let names: Vec<&str> = libraries.iter().map(|library| library.name.as_str()).collect();
    let (left_out, names): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| NEED_A_C_COMPILER.contains(name));
    for platform in PLATFORMS {
        if let Err(error) = install(platform) {
            loud::say(&[
                format!("NOT CHECKED FOR {platform}: {error:#}"),
                format!("To check it: rustup target add {platform}"),
            ]);
            continue;
        }
        println!("cargo check --target {platform}: {}; not {}", names.join(", "), left_out.join(", "));
        let mut command = cargo_command();
        command.args(["check", "--quiet", "--locked", "--target", platform]);
        command.args(names.iter().flat_map(|name| ["--package", name]));
        ensure!(command.status()?.success(), "they do not compile for {platform}");
    }
    Ok(())
}

fn install(platform: &str) -> anyhow::Result<()> {
    let mut rustup = Command::new("rustup");
    rustup.current_dir(root()).args(["target", "add", platform]);
    program::output(&mut rustup, DOWNLOAD).map(drop)
}
