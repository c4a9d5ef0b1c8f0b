//! Nothing runs any more when a test program has ended, however it ended.

use std::net::TcpStream;
use std::process::Command;

use tracehop_brokers::{Broker, RunningBroker, Start, broker};

use crate::child::{self, Program, eventually};

/// Starts a broker, says where, and ends as it is told.
fn child(start: Start, end: &str) {
    let broker: RunningBroker = start.blocking().unwrap();
    child::tell(&broker);
    match end {
        "returns" => {}
        "panics" => panic!("as it was told"),
        "aborts" => std::process::abort(),
        "exits" => std::process::exit(3),
        "kills it and exits" => {
            tokio::runtime::Runtime::new().unwrap().block_on(broker.kill()).unwrap();
            std::process::exit(3);
        }
        "waits" => {
            let mut line = String::new();
            let _ = std::io::stdin().read_line(&mut line);
            // The input ends when the one who waits for this program does.
            std::process::exit(4);
        }
        other => unreachable!("{other}"),
    }
}

fn check<F>(test: F, end: &str, signal: Option<&str>, succeeds: bool) {
    let mut program = Program::start(test, end, &[]);
    let address = program.address();
    let server = address.rsplit(['/', '@']).find(|part| part.contains(':')).unwrap().to_owned();
    if let Some(signal) = signal {
        assert!(TcpStream::connect(&server).is_ok(), "it runs: {server}");
        let killed = Command::new("kill").args([signal, &program.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }
    let (success, said) = program.ended();
    assert_eq!(success, succeeds, "{said}");
    eventually("the port is closed", || TcpStream::connect(&server).is_err());
    eventually("the folder is empty", || program.temporary().read_dir().unwrap().next().is_none());
}

macro_rules! ends {
    ($($broker:ident $name:ident { $($test:ident: $end:literal, $signal:expr, $succeeds:literal;)* })*) => {
        $(mod $name {
            use super::*;

            $(
                #[test]
                fn $test() {
                    match child::end() {
                        Some(end) => child(broker(Broker::$broker).owned(), &end),
                        None => check($test, $end, $signal, $succeeds),
                    }
                }
            )*
        })*
    };
}

ends! {
    Nats nats {
        after_success: "returns", None, true;
        after_a_failure: "panics", None, false;
        after_an_abort: "aborts", None, false;
        after_an_exit: "exits", None, false;
        after_its_own_kill: "kills it and exits", None, false;
        after_an_interruption: "waits", Some("-INT"), false;
        after_a_termination: "waits", Some("-TERM"), false;
        after_a_kill: "waits", Some("-KILL"), false;
    }
    RabbitMq rabbitmq {
        after_a_failure: "panics", None, false;
        after_a_kill: "waits", Some("-KILL"), false;
    }
    Kafka kafka {
        after_an_interruption: "waits", Some("-INT"), false;
    }
}

#[test]
fn a_kafka_whose_start_is_killed_leaves_no_files() {
    if let Some(end) = child::end() {
        return child(broker(Broker::Kafka).owned(), &end);
    }
    let program = Program::start(a_kafka_whose_start_is_killed_leaves_no_files, "waits", &[]);
    let is_empty = || program.temporary().read_dir().unwrap().next().is_none();
    let source = std::env::var(Broker::Kafka.source_variable()).unwrap_or_default();
    if source != "docker" {
        // Its format is written first, and has no process that goes on.
        eventually("it begins", || !is_empty());
    }
    assert!(Command::new("kill").args(["-KILL", &program.id().to_string()]).status().unwrap().success());
    eventually("the folder is empty", is_empty);
}
