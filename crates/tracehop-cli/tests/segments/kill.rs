//! `kill -9` of a process that appends.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracehop_cli::segments::{DamageCause, RecordKind};

use super::support::{open, read_all};

/// Says that this process is the one that is to be killed, and where it appends.
const APPEND_TO: &str = "TRACEHOP_TEST_APPEND_TO";

#[test]
fn every_acknowledged_record_survives_a_kill() {
    if let Some(directory) = std::env::var_os(APPEND_TO) {
        append_until_killed(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..5 {
        let (segments, replay) = open(directory.path());
        let (records, report) = read_all(replay);
        let found: BTreeSet<u64> = records.iter().map(|(_, bytes)| number(bytes)).collect();
        let lost: Vec<&u64> = acknowledged.difference(&found).collect();
        assert_eq!(lost, [&0; 0], "round {round}: {report:?}");
        // The process was killed and not the machine, so all that can be damaged is the end.
        assert!(report.damages.iter().all(|damage| damage.cause == DamageCause::TornTail), "{report:?}");
        drop(segments);
        acknowledged.extend(append_and_kill(directory.path(), 100 + round * 37));
    }
    assert!(acknowledged.len() > 500);
}

/// Starts a process that appends, kills it after so many acknowledgements, and returns all of them.
fn append_and_kill(directory: &Path, after: usize) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::every_acknowledged_record_survives_a_kill",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(APPEND_TO, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        acknowledged.extend(line.strip_prefix("acknowledged ").and_then(|number| number.parse::<u64>().ok()));
        if acknowledged.len() == after {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(!status.success() && acknowledged.len() >= after, "{status}, {} records", acknowledged.len());
    acknowledged
}

/// Appends from several threads, as fast as it can, records of all lengths that begin with a number.
fn append_until_killed(directory: &Path) -> ! {
    let (segments, replay) = open(directory);
    let (records, _) = read_all(replay);
    let next = records.iter().map(|(_, bytes)| number(bytes) + 1).max().unwrap_or_default();
    let next = Arc::new(AtomicU64::new(next));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let mut bytes = number.to_be_bytes().to_vec();
                    bytes.resize(8 + usize::try_from(number % 700).unwrap(), 0xab);
                    segments.append(RecordKind::Traces, bytes).unwrap();
                    // One write for each line, so that a kill leaves whole lines, or nothing that parses.
                    let line = format!("acknowledged {number}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
    unreachable!("its threads never end");
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes[..8].try_into().unwrap())
}
