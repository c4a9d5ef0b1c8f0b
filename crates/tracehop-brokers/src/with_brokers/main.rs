//! `with-brokers [--source docker|native|given] [--only BROKER] COMMAND...`: runs a command with every broker of the table
//! at hand.
//!
//! A broker whose address is already in the environment is used as it is; the others are started, in containers or as
//! processes, and stopped when the command ends or the program is interrupted. The command learns their addresses,
//! versions and sources, or why there is none, from the variables of [`tracehop_brokers::Broker`].

#![forbid(unsafe_code)]

mod options;
mod session;
#[cfg_attr(not(unix), path = "signals_elsewhere.rs")]
mod signals;

use std::process::ExitCode;

use options::Options;
use session::Session;
use signals::Signals;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("with-brokers: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<u8> {
    if std::env::args_os().nth(1).is_some_and(|first| first == "--help" || first == "-h") {
        println!("{}", options::USAGE);
        return Ok(0);
    }
    let options = Options::parse(std::env::args_os().skip(1))?;
    let mut signals = Signals::listen()?;
    let mut session = Session::default();
    let ended = tokio::select! {
        ended = session.run(&options) => ended,
        code = signals.wait() => {
            eprintln!("with-brokers: interrupted, stopping what was started");
            Ok(code)
        }
    };
    drop(session);
    ended
}
