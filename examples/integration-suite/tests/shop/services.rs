//! The services as child processes.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use tracehop_brokers::Program;

use crate::DEADLINE;

/// What every service is told.
pub(crate) type Variables = Vec<(String, String)>;

pub(crate) async fn checkout(variables: &Variables) -> Program {
    start("checkout", Command::new(env!("CARGO_BIN_EXE_checkout")), variables).await
}

pub(crate) async fn payments(variables: &Variables) -> Program {
    start("payments", Command::new(env!("CARGO_BIN_EXE_payments")), variables).await
}

/// The one in Python where there is a Python, or else the one in Rust, which does the same.
pub(crate) async fn mailer(variables: &Variables) -> Program {
    let mut python = Command::new("python3");
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("mailer.py"));
    let has_python = Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success());
    let command = if has_python { python } else { Command::new(env!("CARGO_BIN_EXE_mailer")) };
    start("mailer", command, variables).await
}

async fn start(name: &str, mut command: Command, variables: &Variables) -> Program {
    command.envs(variables.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value))));
    let mut service = Program::start(&mut command).unwrap();
    service.wait_for_line(&format!("{name} is ready"), DEADLINE).await.unwrap();
    service
}
