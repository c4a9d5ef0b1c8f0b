//! The program `with-brokers`, where there is no broker.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_with-brokers"));
    for variable in ["TRACEHOP_KAFKA_BROKERS", "TRACEHOP_AMQP_URL", "TRACEHOP_NATS_URL"] {
        program.env_remove(variable);
    }
    program.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn it_needs_a_command() {
    let output = run(&["--only", "nats"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("say which command to run"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn a_broker_that_cannot_be_had_is_told_to_the_command_whose_status_is_returned() {
    let shell = "echo \"none: $TRACEHOP_NATS_NOT_RUN; left out: $TRACEHOP_KAFKA_NOT_RUN\"; exit 7";
    let output = run(&["--only", "nats", "--source", "given", "sh", "-c", shell]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let expected = "none: given: TRACEHOP_NATS_URL is not set; left out: left out by --only nats\n";
    assert_eq!(text(&output.stdout), expected);
    assert!(
        text(&output.stderr).contains("NOT RUN: nats: given: TRACEHOP_NATS_URL is not set"),
        "{output:?}"
    );
}
