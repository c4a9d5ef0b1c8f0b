//! The project's own tasks. `cargo xtask` lists them.

#![forbid(unsafe_code)]

mod bench;
mod bench_view;
mod check;
mod conformance;
mod deny;
mod engine;
mod executables;
mod features;
mod fuzz;
mod images;
mod install;
mod interop;
mod jaeger;
mod libraries;
mod loud;
mod msrv;
mod mutants;
mod options;
mod platforms;
mod prepare;
mod program;
mod recipes;
mod screenshots;
mod suite;
mod table;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use broker_table::Broker;
use options::Options;

const HELP: &str = "\
cargo xtask test      every test of the workspace against real brokers, with a table of the counts
    --source SOURCE   take brokers from there only: given ({variables}),
                      docker, or native; the first of the three that has one otherwise
    --only BROKER     test with {brokers} only
    --suite TEXT      run only the suites whose name contains TEXT
cargo xtask interop   OpenTelemetry's instrumentations for Python, Node and Java against tracehop, in both directions on the real
                      brokers, where the languages are installed; prints a table of what survived
    --source SOURCE   as above
    --only TEXT       only rows whose name contains TEXT, for example \"kafkajs\"
    --write           writes the table into integration-tests/interop/README.md
cargo xtask images    images of the brokers from Debian's packages, for where none can be pulled
    --only BROKER     of this broker only
    --rebuild         also those that are there
cargo xtask brokers   the names of the brokers, one a line
cargo xtask tidy      the rules of the tree that no lint knows
cargo xtask mutants   changes core, one place at a time, and counts the changes that its tests notice; options are those of
                      cargo-mutants, which is installed if need be
    --file GLOB       change this file only
    --shard K/N       make every Nth part of the changes, from 0
cargo xtask fuzz      runs bytes of every kind against the laws in fuzz/, on libFuzzer where there is a nightly compiler
    --seconds N       the time for all targets together; 60 otherwise
    --target NAME     this target only
    --input FILE      this input of the target only
    --seed N          other inputs
    --stable          without libFuzzer, also where there is a nightly compiler
cargo xtask bench     what a hop costs on each broker, beside the bare client and the same by hand, in less than 20 minutes; writes
                      the figures, the tables and a chart into target/bench
    --quick           in three minutes, with fewer rows
    --only TEXT       only rows whose name contains TEXT
    --peers           OpenTelemetry's libraries for Java, Node and Go too, where the languages are installed
cargo xtask bench-view
                      what `tracehop view` takes in on one core, the memory it holds, and how fast its pages open, in about five
                      minutes; with headless Chromium
    --quick           with a tenth of the spans and of the time
    --only PART       only intake, steady, memory or opening
cargo xtask screenshots
                      the pictures of the page in docs/images, from the demo, with headless Chromium
cargo xtask jaeger    sends the demo's spans to a real Jaeger and compares what `tracehop trace` and `check` say of it with what they
                      say of `tracehop view`; Jaeger is built into target/tools with Go, which takes minutes the first time
cargo xtask check     formatting, lints, docs, each feature alone, the oldest compilers, licences and advisories
cargo xtask ci        check, test, and fuzz --stable: what must pass before a commit";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let result = match task.as_str() {
        "test" => test(arguments),
        "images" => {
            Options::parse(arguments, &["--only", "--rebuild"]).and_then(|options| images::run(&options))
        }
        "brokers" => {
            for broker in Broker::ALL {
                println!("{broker}");
            }
            Ok(())
        }
        "tidy" => tidy::run(),
        "mutants" => mutants::run(arguments),
        "fuzz" => fuzz::run(arguments),
        "bench" => bench::run(arguments),
        "bench-view" => bench_view::run(arguments),
        "interop" => interop::run(arguments),
        "screenshots" => screenshots::run(arguments),
        "jaeger" => jaeger::run(arguments),
        "check" => check::run(),
        "ci" => ci(),
        "" | "help" | "--help" | "-h" => {
            println!("{}", help());
            Ok(())
        }
        other => Err(anyhow::anyhow!("there is no task {other:?}\n{}", help())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let variables: Vec<&str> = Broker::ALL.iter().map(|broker| broker.address_variable()).collect();
    HELP.replace("{brokers}", &Broker::names()).replace("{variables}", &variables.join(", "))
}

fn ci() -> anyhow::Result<()> {
    check::run()?;
    // Before the tests, which take the place of this process.
    fuzz::run(["--stable", "--seconds", "60"].map(str::to_owned))?;
    test::run(&Options::default())
}

fn test(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    // The last one is for the run inside of `with-brokers`.
    let options = Options::parse(arguments, &["--source", "--only", "--suite", "--inside"])?;
    if options.inside { test::run_inside(&options) } else { test::run(&options) }
}
