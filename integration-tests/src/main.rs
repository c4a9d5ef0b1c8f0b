//! `with-brokers COMMAND...`: runs a command with RabbitMQ and NATS at hand.
//!
//! A broker whose address is already in the environment is used as it is; the others are started, and stopped when the
//! command ends or the program is interrupted.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use anyhow::{Context, bail};
use integration_tests::brokers::{AMQP_URL, NATS_URL};
use integration_tests::native::{self, Native};
use tokio::process::Command;

type Start = fn() -> anyhow::Result<Native>;

const BROKERS: [(&str, &str, Start); 2] =
    [("rabbitmq", AMQP_URL, native::rabbitmq), ("nats", NATS_URL, native::nats)];

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("with-brokers: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else { bail!("say which command to run") };
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    let mut started = Vec::new();
    for (name, variable, start) in BROKERS {
        if let Ok(address) = std::env::var(variable) {
            println!("{name}: given, {address}");
            continue;
        }
        let broker = start().with_context(|| format!("there is no {name}"))?;
        println!("{name}: {}, native, {}", broker.version, broker.address);
        command.env(variable, &broker.address);
        started.push(broker);
    }
    let mut child = command.spawn().context("cannot start the command")?;
    let code = tokio::select! {
        status = child.wait() => if status?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            ExitCode::FAILURE
        }
    };
    drop(started);
    Ok(code)
}
