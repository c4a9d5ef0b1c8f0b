//! The project's own tasks. `cargo xtask` lists them.

#![forbid(unsafe_code)]

mod broker;
mod conformance;
mod engine;
mod images;
mod install;
mod options;
mod prepare;
mod program;
mod suite;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};
use options::Options;

const HELP: &str = "\
cargo xtask test      every test of the workspace against real brokers, with a table of the counts
    --source SOURCE   take brokers from there only: given (TRACEHOP_KAFKA_BROKERS, TRACEHOP_AMQP_URL, TRACEHOP_NATS_URL),
                      docker, or native; the first of the three that has one otherwise
    --only BROKER     test with kafka, rabbitmq or nats only
    --suite TEXT      run only the suites whose name contains TEXT
cargo xtask images    images of the brokers from Debian's packages, for where none can be pulled
    --only BROKER     of this broker only
    --rebuild         also those that are there
cargo xtask tidy      the rules of the tree that no lint knows
cargo xtask ci        formatting, lints, docs, tidy, test: what must pass before a commit";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let result = match task.as_str() {
        "test" => test(arguments),
        "images" => {
            Options::parse(arguments, &["--only", "--rebuild"]).and_then(|options| images::run(&options))
        }
        "tidy" => tidy::run(),
        "ci" => ci(),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("there is no task {other:?}\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn ci() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(
        &["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"],
        &[],
    )?;
    cargo(
        &["doc", "--workspace", "--all-features", "--no-deps", "--locked"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    test::run(&Options::default())
}

fn test(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    // The last one is for the run inside of `with-brokers`.
    let options = Options::parse(arguments, &["--source", "--only", "--suite", "--inside"])?;
    if options.inside { test::run_inside(&options) } else { test::run(&options) }
}

fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<()> {
    println!("cargo {}", arguments.join(" "));
    let status = cargo_command().args(arguments).envs(environment.iter().copied()).status()?;
    ensure!(status.success(), "cargo {} failed", arguments.join(" "));
    Ok(())
}

/// The cargo that runs this, in the workspace's root.
fn cargo_command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
