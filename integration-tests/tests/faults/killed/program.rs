//! The test's side: a service that can be killed.

use std::collections::BTreeSet;
use std::env;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tracehop_brokers::Broker;

use super::orders::{BROKEN, SLOW};
use super::service::{self, FAIL, HANDLED, HANG, HANGS, SUFFIX};
use crate::support::{unique, within};

/// A service that is started, killed, and started again.
pub(crate) struct Program {
    test: &'static str,
    suffix: String,
}

impl Program {
    /// The service of a test: the same function, called in a process of its own.
    pub(crate) fn of<F>(_test: F) -> Self {
        let path = std::any::type_name::<F>();
        let (_, test) = path.split_once("::").expect("the name of this program");
        Self { test, suffix: unique("") }
    }

    /// The name that stands for `text` on the broker.
    pub(crate) fn name(&self, text: &str) -> String {
        service::suffixed(text, &self.suffix)
    }

    /// In which one order fails, and one takes so long that the service is killed meanwhile.
    pub(crate) fn start(&self) -> Running {
        self.start_with(&[BROKEN], &[SLOW])
    }

    pub(crate) fn start_with(&self, fail: &[usize], hang: &[usize]) -> Running {
        let list = |orders: &[usize]| orders.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let its_broker = Broker::ALL.iter().find(|broker| self.test.contains(broker.name()));
        let broker = tracehop_brokers::broker(*its_broker.unwrap()).blocking().unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .envs([broker.variable()])
            .args(["--exact", self.test, "--nocapture"])
            .env(SUFFIX, &self.suffix)
            .env(FAIL, list(fail))
            .env(HANG, list(hang))
            // Nobody is there.
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Running { child, lines, handled: Vec::new(), hang: BTreeSet::new() }
    }
}

/// A process of the service. It is killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    /// The orders that were handled, in the order in which they were.
    pub(crate) handled: Vec<usize>,
    hang: BTreeSet<usize>,
}

impl Running {
    /// Waits until each of these orders was handled.
    pub(crate) async fn has_handled(&mut self, orders: impl IntoIterator<Item = usize>) {
        let mut missing: BTreeSet<usize> = orders.into_iter().collect();
        missing.retain(|order| !self.handled.contains(order));
        while !missing.is_empty() {
            self.listen(&format!("{missing:?} are handled")).await;
            missing.remove(self.handled.last().unwrap_or(&usize::MAX));
        }
    }

    /// Waits until an order is being handled that takes too long.
    pub(crate) async fn hangs(&mut self) {
        while self.hang.is_empty() {
            self.listen("an order hangs").await;
        }
    }

    async fn listen(&mut self, until: &str) {
        let line = tokio::time::timeout(crate::support::DEADLINE, self.lines.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("silent until {until}")).unwrap();
        let line = line.unwrap_or_else(|| panic!("the service ended until {until}"));
        let order = |what: &str| line.strip_suffix(what)?.parse().ok();
        if let Some(order) = order(HANDLED) {
            self.handled.push(order);
        } else if let Some(order) = order(HANGS) {
            self.hang.insert(order);
        } else {
            eprintln!("the service: {line}");
        }
    }

    /// As `kill -9` does. What it has said before is heard. The orders it handled.
    pub(crate) async fn kill(mut self) -> Vec<usize> {
        within(self.child.kill()).await.unwrap();
        while let Some(line) = within(self.lines.next_line()).await.unwrap() {
            self.handled.extend(line.strip_suffix(HANDLED).and_then(|order| order.parse::<usize>().ok()));
        }
        self.handled
    }
}
