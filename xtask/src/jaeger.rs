//! `cargo xtask jaeger`: a real Jaeger beside `tracehop view`, by a program of the package in `integration-tests/browser`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::executables;
use crate::install::{DOWNLOAD, PROBE};
use crate::program::{output, run as run_program};
use crate::workspace::root;

/// The module of Jaeger. Its later versions cannot be asked for by their number.
const MODULE: &str = "github.com/jaegertracing/jaeger@v1.76.0";

/// Four minutes on an idle machine with two processors; more if something else is built.
const BUILD: Duration = Duration::from_secs(3_600);

pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let surplus: Vec<String> = arguments.into_iter().collect();
    ensure!(surplus.is_empty(), "{:?} is not understood; there are no options", surplus.join(" "));
    let built = jaeger()?;
    println!("building the programs");
    let [tracehop, jaeger] = executables::build(["tracehop", "jaeger"])?;
    let mut command = Command::new(jaeger);
    command.arg(built).env("TRACEHOP_PROGRAM", tracehop);
    ensure!(command.status()?.success(), "Jaeger and tracehop view do not say the same");
    Ok(())
}

/// The program, built if it is not there.
fn jaeger() -> anyhow::Result<PathBuf> {
    let tools = root().join("target/tools");
    let (_, version) = MODULE.split_once('@').context("the version of Jaeger is missing")?;
    let program = tools.join(format!("jaeger-{version}"));
    if program.exists() {
        return Ok(program);
    }
    output(Command::new("go").arg("version"), PROBE)
        .context("Jaeger is built with Go, which is not installed: https://go.dev/doc/install")?;
    std::fs::create_dir_all(&tools)?;
    let module = fetched(&tools)?;
    println!("building Jaeger {version}: this takes some minutes, once");
    // `go install` refuses modules that replace others.
    let building = tools.join(format!("jaeger-{version}.part"));
    let mut build = Command::new("go");
    build.arg("-C").arg(module).args(["build", "-o"]).arg(&building).arg("./cmd/jaeger");
    run_program(&mut build, BUILD)?;
    std::fs::rename(&building, &program)?;
    Ok(program)
}

/// The folder with the source of the module, after it was fetched.
fn fetched(inside: &Path) -> anyhow::Result<PathBuf> {
    let mut download = Command::new("go");
    download.current_dir(inside).args(["mod", "download", "-json", MODULE]);
    let said: Value = serde_json::from_str(&output(&mut download, DOWNLOAD)?)?;
    said.get("Dir").and_then(Value::as_str).map(PathBuf::from).context("go does not say where the source is")
}
