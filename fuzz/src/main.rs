//! The harness: `cargo xtask fuzz --stable` runs it.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use tracehop_fuzz::harness::{self, Arguments};

fn main() -> ExitCode {
    let result = Arguments::parse(std::env::args().skip(1)).and_then(|arguments| harness::run(&arguments));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuzz: {error:#}");
            ExitCode::FAILURE
        }
    }
}
