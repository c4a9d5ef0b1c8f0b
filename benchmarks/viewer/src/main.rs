//! What `tracehop view` takes in, how much memory it holds, and how fast its pages open: `cargo xtask bench-view`.
//!
//! The program runs on one core, and what sends to it on the others. Its work is counted in seconds of that core, which the system
//! tells, so that a busy machine does not make it look slow.
//!
//! # Layout
//!
//! - [`arguments`]: what is asked for. [`table`]: how it is told.
//! - [`batch`]: requests, made before they are sent, of [`spans`]. [`sender`]: sends them, over gRPC by [`grpc`] or HTTP.
//! - [`process`]: the viewer's CPU time and memory. [`core_of`]: on which core something runs.
//! - [`intake`], [`steady`], [`memory`] and [`opening`]: what is measured.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is measured is far smaller, and told with a few digits"
)]

mod arguments;
mod batch;
mod core_of;
mod grpc;
mod intake;
mod memory;
mod opening;
mod process;
mod sender;
mod spans;
mod steady;
mod table;
mod viewer;

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::table::Table;

#[tokio::main]
async fn main() -> ExitCode {
    browser::until_interrupted("view-load", run()).await
}

async fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    core_of::this_process()?;
    let mut table = Table::default();
    if arguments.wants("intake") {
        intake::measure(&arguments, &mut table).await?;
    }
    if arguments.wants("steady") {
        steady::measure(&arguments, &mut table).await?;
    }
    if arguments.wants("memory") {
        memory::measure(&arguments, &mut table).await?;
    }
    if arguments.wants("opening") {
        opening::measure(&arguments, &mut table).await?;
    }
    println!("\n{table}");
    Ok(())
}
