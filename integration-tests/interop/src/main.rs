//! `cargo xtask interop`: tracehop beside OpenTelemetry's instrumentations for other languages, on real brokers.
//!
//! Each [`Row`](row::Row) of the table is one message over one hop: a peer, which is a small service in Python, Node or Java, sends
//! it to tracehop or gets it from there. Both export their spans to a recorder in this process, and both say which headers they saw.
//! What came of the hop is compared with what the row says.
//!
//! # Layout
//!
//! - [`arguments`]: what is asked for. [`readme`]: where the table is written to.
//! - [`rows`]: the table of what is tried, of [`row`]s; [`library`]: the instrumentations; [`language`]: how their packages are
//!   installed, by [`install`], or why they are [`missing`].
//! - [`trial`]: runs one row. [`peer`]: the child process, which says [`word`]s; [`command`]: a child that does not outlive this
//!   process. [`ours`]: tracehop's half of a hop, a file for each broker. [`journey`]: what a message is sent with.
//! - [`exporters`]: of those languages, which send to `tracehop view`.
//! - [`seen`]: what came of it; [`joined`] is a part of it. [`report`]: the table, of [`outcome`]s; [`versions`]: of everything.

#![forbid(unsafe_code)]

mod arguments;
mod command;
mod exporters;
mod install;
mod joined;
mod journey;
mod language;
mod library;
mod missing;
mod ours;
mod outcome;
mod peer;
mod readme;
mod report;
mod row;
mod rows;
mod run;
mod seen;
mod trial;
mod versions;
mod word;

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("interop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    // What is left of a run that is interrupted is dropped, and its children with it.
    tokio::select! {
        ended = run::run(&arguments) => ended.map(|()| ExitCode::SUCCESS),
        _ = interrupt.recv() => Ok(ExitCode::from(130)),
        _ = terminate.recv() => Ok(ExitCode::from(143)),
        _ = hang_up.recv() => Ok(ExitCode::from(129)),
    }
}
