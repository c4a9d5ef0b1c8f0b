//! Headless Chromium.

use std::path::{Path, PathBuf};

use anyhow::Context;
use fantoccini::ClientBuilder;
use fantoccini::wd::Capabilities;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::child::Child;
use crate::tab::Tab;

const DRIVER: &str = "chromedriver";
const CHROMIUM: &str = "chromium";

/// What Debian calls them.
const PACKAGES: &str = "apt-get install chromium chromium-driver";

/// A driver of Chromium with one session. Both end when it is dropped.
#[derive(Debug)]
pub struct Browser {
    tab: Tab,
    // Ended before the folder is removed.
    _driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts Chromium with a window of this size, in CSS pixels, and a profile that nobody used before.
    ///
    /// # Errors
    ///
    /// Chromium or its driver are not installed, or do not start.
    pub async fn start(width: u32, height: u32) -> anyhow::Result<Self> {
        let (driver, chromium) = (on_path(DRIVER)?, on_path(CHROMIUM)?);
        let profile = TempDir::new()?;
        let mut command = Command::new(driver);
        // A port that is free.
        command.arg("--port=0");
        // Its own folders are then removed as well, even if it is killed.
        command.env("TMPDIR", profile.path());
        let mut driver = Child::start(DRIVER, &mut command)?;
        let port = driver.said(port).await?;
        let capabilities = capabilities(&chromium, &profile.path().join("profile"))?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .with_context(|| {
                format!("Chromium does not start; its driver printed last:\n{}", driver.last_words())
            })?;
        let tab = Tab::new(client);
        tab.set_viewport(width, height).await?;
        Ok(Self { tab, _driver: driver, _profile: profile })
    }

    /// Its one tab.
    #[must_use]
    pub fn tab(&self) -> &Tab {
        &self.tab
    }
}

fn on_path(program: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.with_context(|| format!("{program} is not installed; on Debian: {PACKAGES}"))
}

/// The port in `ChromeDriver was started successfully on port 36373.`
fn port(line: &str) -> Option<u16> {
    line.strip_suffix('.')?.rsplit_once("started successfully on port ")?.1.parse().ok()
}

fn capabilities(chromium: &Path, profile: &Path) -> anyhow::Result<Capabilities> {
    let profile = profile.to_str().context("the folder for temporary files has a strange name")?;
    let arguments = [
        "--headless=new",
        // Its sandbox does not start as root, which is what containers of tests run as.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        // A page that asks another host for something gets nothing, and is found out.
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
        &format!("--user-data-dir={profile}"),
    ];
    let all = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "binary": chromium, "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    });
    all.as_object().cloned().context("capabilities are an object")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_taken_from_what_the_driver_says() {
        for (line, expected) in [
            ("ChromeDriver was started successfully on port 36373.", Some(36373)),
            ("Starting ChromeDriver 140.0.1 on port 0", None),
            ("ChromeDriver was started successfully.", None),
        ] {
            assert_eq!(port(line), expected, "{line}");
        }
    }
}
