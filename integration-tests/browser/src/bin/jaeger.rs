//! `cargo xtask jaeger`: what `tracehop trace` and `tracehop check` say of the demo's spans in a real Jaeger, beside what they
//! say of the same spans in `tracehop view`.
//!
//! The argument is the program of Jaeger.

#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use browser::{Jaeger, Viewer, program};
use serde_json::{Value, json};
use tokio::process::Command;

/// With so many journeys the levels of the order pipeline are measured.
const JOURNEYS: usize = 60;

/// Jaeger's search answers in microseconds, and a duration is made of up to four times. In nanoseconds.
const KEPT_BY_SEARCH: u64 = 4_000;

/// What `tracehop check` is asked.
const LEVELS: &str = "examples/order-pipeline/levels.toml";

#[tokio::main]
async fn main() -> ExitCode {
    browser::until_interrupted("jaeger", run()).await
}

async fn run() -> anyhow::Result<()> {
    let jaeger: PathBuf = std::env::args_os().nth(1).context("the program of Jaeger is missing")?.into();
    let jaeger = Jaeger::start(&jaeger).await?;
    // Without the demo: nothing changes while it is compared.
    let viewer = Viewer::start(&[]).await?;
    let Demo { spans, first, traces } = demo().await?;
    for endpoint in [jaeger.otlp(), viewer.http()] {
        post(endpoint, &spans).await?;
    }
    for trace in &traces {
        jaeger.until_it_has(trace).await?;
    }
    let all = |counts: &Value| (counts.get("spans")?.as_u64()? == count(&spans)).then_some(());
    viewer.wait_for("/api/v1/counts", all).await?;
    println!("{} spans of the demo are in Jaeger and in tracehop view", count(&spans));

    let sources = [format!("view={}", viewer.page()), format!("jaeger={}", jaeger.query())];
    for trace in [Some(&first), traces.last()].into_iter().flatten() {
        let [view, jaeger] = ask_both(&["trace", trace, "--json", "--journeys", "64"], &sources).await?;
        println!("trace {trace}: {}", shown(&jaeger));
        same(view.said.get("journeys"), jaeger.said.get("journeys"))?;
        same(Some(&json!([])), jaeger.said.get("notes")).context("Jaeger's answer has notes")?;
    }
    let [view, jaeger] = ask_both(&["check", LEVELS, "--format", "json"], &sources).await?;
    ensure!(view.code == jaeger.code, "the exit codes are {:?} and {:?}", view.code, jaeger.code);
    same(view.said.get("findings"), jaeger.said.get("findings"))?;
    let findings = jaeger.said.get("findings").and_then(Value::as_array).map_or(0, Vec::len);
    println!("check {LEVELS}: {findings} findings, exit code {:?}", jaeger.code);
    println!("Jaeger and tracehop view say the same");
    Ok(())
}

/// A run of the demo.
struct Demo {
    /// A request of OTLP for each journey; each span is in one of them.
    spans: Vec<Value>,
    /// The trace in which a journey begins that runs through many.
    first: String,
    /// All traces of that journey, in the order in which they start.
    traces: Vec<String>,
}

/// Runs the demo for some seconds, and takes the journeys that have ended.
async fn demo() -> anyhow::Result<Demo> {
    let viewer = Viewer::start(&["--demo"]).await?;
    println!("waiting for {JOURNEYS} journeys of the demo");
    let enough = |answer: &Value| {
        let journeys = answer.get("journeys")?.as_array()?;
        let ended =
            journeys.iter().filter(|it| it.get("outcome").is_some_and(|outcome| outcome != "waiting"));
        let ids: Vec<String> = ended.filter_map(|it| Some(it.get("id")?.as_str()?.to_owned())).collect();
        (ids.len() >= JOURNEYS).then_some(ids)
    };
    let ids = viewer.wait_for("/api/v1/journeys?limit=1000", enough).await?;
    let mut known = HashSet::new();
    let mut demo = Demo { spans: Vec::new(), first: String::new(), traces: Vec::new() };
    for id in ids {
        let mut spans = viewer.get(&format!("/api/v1/journeys/{id}/otlp")).await?;
        let traces = traces_of(&spans);
        if traces.len() > demo.traces.len() {
            demo.traces = traces;
            demo.first = id.split('-').next().unwrap_or_default().to_owned();
        }
        // A batch is in the journeys of all its messages, and Jaeger keeps a span as often as it comes.
        keep(&mut spans, |key| known.insert(key.to_owned()));
        demo.spans.push(spans);
    }
    ensure!(demo.traces.len() > 2, "no journey of the demo runs through more than two traces");
    Ok(demo)
}

/// The traces of a journey, in the order in which they begin.
fn traces_of(request: &Value) -> Vec<String> {
    let started =
        |span: &Value| span.get("startTimeUnixNano").and_then(Value::as_str).and_then(|it| it.parse().ok());
    let mut spans: Vec<(u64, &str)> = lists(request)
        .flatten()
        .filter_map(|span| Some((started(span)?, span.get("traceId")?.as_str()?)))
        .collect();
    spans.sort_unstable();
    let mut known = HashSet::new();
    spans.into_iter().filter(|(_, trace)| known.insert(*trace)).map(|(_, trace)| trace.to_owned()).collect()
}

/// The lists of spans of a request.
fn lists(request: &Value) -> impl Iterator<Item = &Vec<Value>> {
    let resources = request.get("resourceSpans").and_then(Value::as_array).into_iter().flatten();
    let scopes = resources.filter_map(|it| it.get("scopeSpans")?.as_array()).flatten();
    scopes.filter_map(|it| it.get("spans")?.as_array())
}

/// Takes out of a request the spans that are not to be kept.
fn keep(request: &mut Value, mut is_kept: impl FnMut(&str) -> bool) {
    let resources = request.get_mut("resourceSpans").and_then(Value::as_array_mut).into_iter().flatten();
    let scopes = resources.filter_map(|it| it.get_mut("scopeSpans")?.as_array_mut()).flatten();
    for spans in scopes.filter_map(|it| it.get_mut("spans")?.as_array_mut()) {
        spans.retain(|span| {
            let id = |name| span.get(name).and_then(Value::as_str).unwrap_or_default();
            is_kept(&format!("{}-{}", id("traceId"), id("spanId")))
        });
    }
}

fn count(requests: &[Value]) -> u64 {
    requests.iter().flat_map(lists).map(|spans| spans.len() as u64).sum()
}

async fn post(endpoint: &str, requests: &[Value]) -> anyhow::Result<()> {
    let url = format!("{endpoint}/v1/traces");
    for request in requests.iter().map(Value::to_string) {
        let posted = url.clone();
        let send =
            move || ureq::post(&posted).header("content-type", "application/json").send(request).map(drop);
        tokio::task::spawn_blocking(send).await?.with_context(|| format!("{url} takes no spans"))?;
    }
    Ok(())
}

/// What the program printed, and its exit code.
struct Answer {
    code: Option<i32>,
    said: Value,
}

/// What a command of the program `tracehop` says of each of the sources.
async fn ask_both(arguments: &[&str], [one, other]: &[String; 2]) -> anyhow::Result<[Answer; 2]> {
    Ok([ask(arguments, one).await?, ask(arguments, other).await?])
}

async fn ask(arguments: &[&str], source: &str) -> anyhow::Result<Answer> {
    let program: PathBuf = program()?;
    let mut command = Command::new(&program);
    command.args(arguments).args(["--from", source]).kill_on_drop(true).current_dir(root());
    let output = command.output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let Ok(said) = serde_json::from_str(&said) else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("tracehop {} --from {source} says {said}{complaint}", arguments.join(" "));
    };
    Ok(Answer { code: output.status.code(), said })
}

/// The root of the workspace, as this package lies in it.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The journeys of an answer in a few words.
fn shown(answer: &Answer) -> String {
    let journeys = answer.said.get("journeys").and_then(Value::as_array).into_iter().flatten();
    let length =
        |journey: &Value, list: &str| journey.get(list).and_then(Value::as_array).map_or(0, Vec::len);
    let words = journeys.map(|it| {
        let name = it.get("name").and_then(Value::as_str).unwrap_or_default();
        let [traces, rows, hops] = ["traces", "rows", "hops"].map(|list| length(it, list));
        format!("{name}, {traces} traces, {rows} rows, {hops} hops")
    });
    words.collect::<Vec<_>>().join("; ")
}

/// Whether both say the same; if not, where they begin to differ.
fn same(view: Option<&Value>, jaeger: Option<&Value>) -> anyhow::Result<()> {
    let (Some(view), Some(jaeger)) = (view, jaeger) else { bail!("one of them says nothing") };
    match difference(view, jaeger, "") {
        Some(difference) => bail!("they differ at {difference}"),
        None => Ok(()),
    }
}

fn difference(view: &Value, jaeger: &Value, at: &str) -> Option<String> {
    match (view, jaeger) {
        _ if are_one_duration(view, jaeger) => None,
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut places = one.iter().zip(other).enumerate();
            places.find_map(|(place, (one, other))| difference(one, other, &format!("{at}/{place}")))
        }
        (Value::Object(one), Value::Object(other)) if one.len() == other.len() => {
            one.iter().find_map(|(name, one)| {
                difference(one, other.get(name).unwrap_or(&Value::Null), &format!("{at}/{name}"))
            })
        }
        _ => (view != jaeger).then(|| format!("{at}: tracehop view has {view}, Jaeger {jaeger}")),
    }
}

/// Whether both are durations of `tracehop check`, and the same as far as Jaeger's search keeps them.
fn are_one_duration(view: &Value, jaeger: &Value) -> bool {
    let nanos = |amount: &Value| {
        amount.get("value").filter(|_| amount.get("unit").is_some_and(|it| it == "ns"))?.as_u64()
    };
    let (view, jaeger) = (nanos(view), nanos(jaeger));
    view.zip(jaeger).is_some_and(|(view, jaeger)| view.abs_diff(jaeger) <= KEPT_BY_SEARCH)
}
