//! Nothing runs any more when the suite has ended, however it ended.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::DEADLINE;
use crate::shop::Shop;

/// In which this program, started once more for one of these tests, reads how it is to end.
const END: &str = "SHOP_TEST_ENDS";

async fn open_and_end(end: &str) {
    let shop = Shop::open().await;
    let services = [&shop.checkout, &shop.payments, &shop.mailer].map(|service| service.id().to_string());
    println!("\nruns {}", services.join(" "));
    match end {
        "in success" => {}
        "in a panic" => panic!("as it was told"),
        "by an exit" => {
            // As soon as it has been looked at.
            std::io::stdin().read_line(&mut String::new()).unwrap();
            std::process::exit(3)
        }
        _ => std::future::pending().await,
    }
}

fn check<F>(_test: F, end: &str, signal: Option<&str>) {
    let (_, test) = std::any::type_name::<F>().split_once("::").unwrap();
    let mut suite = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test.trim_end_matches("::{{closure}}"), "--nocapture"])
        .env(END, end)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(suite.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("runs ") {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "it ended before its shop was open");
    }
    let services: Vec<String> = line.split_whitespace().skip(1).map(str::to_owned).collect();
    if end == "by an exit" {
        assert_eq!(services.iter().filter(|id| runs(id)).count(), 3);
    }
    drop(suite.stdin.take());
    if let Some(signal) = signal {
        assert!(Command::new("kill").args([signal, &suite.id().to_string()]).status().unwrap().success());
    }
    output.read_to_string(&mut line).unwrap();
    let status = suite.wait().unwrap();
    assert_eq!(status.success(), end == "in success", "{line}");

    // They are nobody's children by now, so nobody can wait for them.
    let started = Instant::now();
    while let Some(left) = services.iter().find(|id| runs(id)) {
        assert!(started.elapsed() < DEADLINE, "{left} still runs");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Whether a process is there, and is not one that has ended and that nobody has waited for.
fn runs(id: &str) -> bool {
    let told = Command::new("ps").args(["-o", "stat=", "-p", id]).output().unwrap();
    let state = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

macro_rules! ends {
    ($($test:ident: $end:literal, $signal:expr;)*) => {
        $(
            #[test]
            fn $test() {
                match std::env::var(END) {
                    Ok(end) => tokio::runtime::Runtime::new().unwrap().block_on(open_and_end(&end)),
                    Err(_) => check($test, $end, $signal),
                }
            }
        )*
    };
}

ends! {
    after_success: "in success", None;
    after_a_panic: "in a panic", None;
    after_an_exit: "by an exit", None;
    after_an_interruption: "by a signal", Some("-INT");
    after_a_kill: "by a signal", Some("-KILL");
}
