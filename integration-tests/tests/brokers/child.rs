//! A test program that ends in one way or another.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tracehop_brokers::RunningBroker;

/// What the program is told to do when it has its broker.
const END: &str = "BROKERS_CHILD_END";

/// Whether this process is such a program, and what it is to do.
pub(crate) fn end() -> Option<String> {
    std::env::var(END).ok()
}

/// What it says of the broker that it has.
pub(crate) fn tell(broker: &RunningBroker) {
    let (name, address) = broker.variable();
    println!("\n{name} {address}");
}

/// A test of this program, started once more in a process of its own. It is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    /// Where its brokers have their files.
    temporary: tempfile::TempDir,
    output: BufReader<std::process::ChildStdout>,
    said: String,
}

impl Program {
    pub(crate) fn start<F>(_test: F, end: &str, set: &[(&str, &str)]) -> Self {
        let path = std::any::type_name::<F>();
        let (_, test) = path.split_once("::").expect("the name of this program");
        let temporary = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(END, end)
            .env("TMPDIR", temporary.path())
            .envs(set.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, temporary, output, said: String::new() }
    }

    /// The address of the broker that it says it has.
    pub(crate) fn address(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended before it had a broker: {}", self.said);
            if let Some(address) = line.strip_prefix("TRACEHOP_").and_then(|line| line.split_once(' ')) {
                return address.1.trim().to_owned();
            }
            self.said.push_str(&line);
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end, and returns whether it was a success, and all that it said.
    pub(crate) fn ended(&mut self) -> (bool, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        (status.success(), std::mem::take(&mut self.said) + &rest)
    }

    /// Where its brokers have their files.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.temporary.path().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until the answer is yes. There is nothing to await in a process that is nobody's child.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < super::DEADLINE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
