//! `cargo xtask screenshots`: pictures of the page, from the demo of `tracehop view`.
//!
//! The argument is the folder that they are written to.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use browser::{Browser, Viewer};
use serde_json::Value;

/// The width of a picture, and the height of each.
const WIDTH: u32 = 1280;
const JOURNEY_HEIGHT: u32 = 760;
const MAP_HEIGHT: u32 = 640;

/// With so many journeys the numbers on the map say something.
const JOURNEYS: usize = 60;

/// A picture in a README is not to be waited for.
const MOST_BYTES: usize = 300_000;

#[tokio::main]
async fn main() -> ExitCode {
    browser::until_interrupted("screenshots", run()).await
}

async fn run() -> anyhow::Result<()> {
    let into: PathBuf = std::env::args_os().nth(1).context("the folder to write to is missing")?.into();
    std::fs::create_dir_all(&into)?;
    let viewer = Viewer::start(&["--demo"]).await?;
    println!("waiting for {JOURNEYS} journeys of the demo");
    let enough = |answer: &Value| {
        let journeys = answer.get("journeys")?.as_array()?;
        let shown = journeys.iter().filter(|journey| shows_much(journey));
        let best = shown.max_by_key(|journey| journey.get("spans").and_then(Value::as_u64))?;
        let id = best.get("id")?.as_str()?.to_owned();
        (journeys.len() >= JOURNEYS).then_some(id)
    };
    let journey = viewer.wait_for("/api/v1/journeys?limit=1000", enough).await?;

    let browser = Browser::start(WIDTH, JOURNEY_HEIGHT).await?;
    let tab = browser.tab();
    tab.open(&format!("{}/journeys/{journey}", viewer.page())).await?;
    // The panel beside the rows shows the handler that needed more than one try.
    tab.click("[data-row]:has([data-tries]) a.open").await?;
    tab.element("#panel [data-link-out]").await?;
    write(&into.join("journey.png"), &tab.picture().await?)?;

    let browser = Browser::start(WIDTH, MAP_HEIGHT).await?;
    browser.tab().open(&format!("{}/map", viewer.page())).await?;
    browser.tab().element("[data-arrow]").await?;
    write(&into.join("map.png"), &browser.tab().picture().await?)
}

/// A journey over several destinations that ended well, at a later try.
fn shows_much(journey: &Value) -> bool {
    let count = |list| journey.get(list).and_then(Value::as_array).map_or(0, Vec::len);
    let number = |name| journey.get(name).and_then(Value::as_u64).unwrap_or(0);
    let ended_well = journey.get("outcome").is_some_and(|outcome| outcome == "ok");
    ended_well && count("destinations") > 1 && number("attempts") > 1
}

fn write(path: &std::path::Path, picture: &[u8]) -> anyhow::Result<()> {
    ensure!(
        picture.len() <= MOST_BYTES,
        "{} would have {} bytes, more than {MOST_BYTES}",
        path.display(),
        picture.len()
    );
    std::fs::write(path, picture).with_context(|| format!("{} cannot be written", path.display()))?;
    println!("{}: {} bytes", path.display(), picture.len());
    Ok(())
}
