//! What a person does with a page, and sees of it.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use fantoccini::Client;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::Element;
use fantoccini::wd::Locator;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::devtools::Devtools;
use crate::log::{Log, Noticed, errors, hosts};

/// For a condition on what a page shows.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often to look.
const LOOK: Duration = Duration::from_millis(25);

/// How much of a page is told when something goes wrong.
const SHOWN: usize = 3_000;

/// The tab of a [`Browser`](crate::Browser).
#[derive(Debug)]
pub struct Tab {
    client: Client,
}

impl Tab {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes the visible part of pages as large as this, in CSS pixels.
    ///
    /// # Errors
    ///
    /// The browser cannot.
    pub async fn set_viewport(&self, width: u32, height: u32) -> anyhow::Result<()> {
        self.client.set_window_size(width, height).await?;
        // The window is larger than what it shows of a page.
        let inner = self.script("return [innerWidth, innerHeight]").await?;
        let inner: [u32; 2] = serde_json::from_value(inner)?;
        let grown = (2 * width).saturating_sub(inner[0]);
        self.client.set_window_size(grown, (2 * height).saturating_sub(inner[1])).await?;
        self.until(
            "the window has its size",
            &format!("return innerWidth === {width} && innerHeight === {height}"),
        )
        .await?;
        Ok(())
    }

    /// Opens an address.
    ///
    /// # Errors
    ///
    /// The browser cannot load it.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        self.client.goto(url).await.with_context(|| format!("{url} cannot be opened"))
    }

    /// Opens an address in another window, and goes there. The windows before stay open.
    ///
    /// # Errors
    ///
    /// The browser cannot.
    pub async fn open_beside(&self, url: &str) -> anyhow::Result<()> {
        let window = self.client.new_window(false).await?;
        self.client.switch_to_window(window.handle).await?;
        self.open(url).await
    }

    /// Loads the page again.
    ///
    /// # Errors
    ///
    /// The browser cannot load it.
    pub async fn reload(&self) -> anyhow::Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Back to where it was before.
    ///
    /// # Errors
    ///
    /// The browser cannot.
    pub async fn back(&self) -> anyhow::Result<()> {
        Ok(self.client.back().await?)
    }

    /// Path, query and fragment of the address.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub async fn path(&self) -> anyhow::Result<String> {
        let path = self.script("return location.pathname + location.search + location.hash").await?;
        path.as_str().map(str::to_owned).context("no path")
    }

    /// What a script returns.
    ///
    /// # Errors
    ///
    /// The script throws.
    pub async fn script(&self, script: &str) -> anyhow::Result<Value> {
        self.script_with(script, Vec::new()).await
    }

    /// What a script returns; `arguments` has these.
    ///
    /// # Errors
    ///
    /// The script throws.
    pub async fn script_with(&self, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
        self.client.execute(script, arguments).await.with_context(|| script.to_owned())
    }

    /// Waits until a script returns something that is true, and returns that.
    ///
    /// # Errors
    ///
    /// It was not for half a minute. The message has `what` and the text of the page.
    pub async fn until(&self, what: &str, script: &str) -> anyhow::Result<Value> {
        let until = Instant::now() + DEADLINE;
        loop {
            // While another page is being loaded, a script may have nothing to stand on.
            let answer = self.script(script).await;
            match &answer {
                Ok(Value::Null | Value::Bool(false)) | Err(_) => {}
                Ok(Value::String(text)) if text.is_empty() => {}
                Ok(Value::Number(number)) if number.as_f64() == Some(0.0) => {}
                Ok(_) => return answer,
            }
            if Instant::now() > until {
                bail!("not so: {what} ({script} is {answer:?})\n{}", self.shown().await);
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until an element is there that is found by a CSS selector.
    ///
    /// # Errors
    ///
    /// There was none for half a minute. The message has the text of the page.
    pub async fn element(&self, css: &str) -> anyhow::Result<Element> {
        self.until(
            &format!("there is {css}"),
            &format!("return document.querySelector({}) !== null", json!(css)),
        )
        .await?;
        Ok(self.client.find(Locator::Css(css)).await?)
    }

    /// How many elements there are.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub async fn count(&self, css: &str) -> anyhow::Result<usize> {
        Ok(self.client.find_all(Locator::Css(css)).await?.len())
    }

    /// The visible text of all elements that are found.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub async fn texts(&self, css: &str) -> anyhow::Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(one => (one.innerText ?? one.textContent).trim())";
        Ok(serde_json::from_value(self.script_with(script, vec![json!(css)]).await?)?)
    }

    /// An attribute of all elements that are found and have it.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub async fn attributes(&self, css: &str, name: &str) -> anyhow::Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(one => one.getAttribute(arguments[1])).filter(it => it !== null)";
        Ok(serde_json::from_value(self.script_with(script, vec![json!(css), json!(name)]).await?)?)
    }

    /// Clicks the first element that is found, once it is there.
    ///
    /// # Errors
    ///
    /// There is none, or something lies over it.
    pub async fn click(&self, css: &str) -> anyhow::Result<()> {
        let until = Instant::now() + DEADLINE;
        loop {
            match self.element(css).await?.click().await {
                // The page has replaced it since it was found.
                Err(error) if error.is_stale_element_reference() && Instant::now() < until => {}
                clicked => return clicked.with_context(|| format!("{css} cannot be clicked")),
            }
        }
    }

    /// Holds the mouse's button down on the first element that is found, until [`release`](Self::release).
    ///
    /// # Errors
    ///
    /// There is none.
    pub async fn hold(&self, css: &str) -> anyhow::Result<()> {
        let middle = format!(
            "const box = document.querySelector({}).getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]",
            json!(css)
        );
        let [x, y]: [f64; 2] = serde_json::from_value(self.script(&middle).await?)?;
        let down = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveTo { duration: None, x, y })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
        Ok(self.client.perform_actions(down).await?)
    }

    /// Lets the mouse's button go.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub async fn release(&self) -> anyhow::Result<()> {
        let up = MouseActions::new("mouse".to_owned()).then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        Ok(self.client.perform_actions(up).await?)
    }

    /// Types keys, wherever the focus is.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub async fn press(&self, keys: &str) -> anyhow::Result<()> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys.chars() {
            actions = actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        }
        Ok(self.client.perform_actions(actions).await?)
    }

    /// What Chromium noticed by itself since it was asked last.
    ///
    /// # Errors
    ///
    /// Its driver does not answer.
    pub async fn noticed(&self) -> anyhow::Result<Noticed> {
        let console = self.client.issue_cmd(Log::Console).await?;
        let events = self.client.issue_cmd(Log::Events).await?;
        Ok(Noticed { errors: errors(&console), hosts: hosts(&events) })
    }

    /// Shows pages as a medium does, such as `print`, to somebody whose system prefers light or dark, until it is said anew.
    ///
    /// # Errors
    ///
    /// The browser cannot.
    pub async fn show_as(&self, medium: &str, theme: &str) -> anyhow::Result<()> {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": medium, "features": features })).await?;
        Ok(())
    }

    /// What a command of the developer tools answers.
    pub(crate) async fn devtools(&self, name: &'static str, params: Value) -> anyhow::Result<Value> {
        self.client.issue_cmd(Devtools { name, params }).await.context(name)
    }

    /// Checks that nothing reaches beyond the right edge of the window.
    ///
    /// # Errors
    ///
    /// The page can be scrolled sideways. The message has the elements that reach too far.
    pub async fn fits(&self) -> anyhow::Result<()> {
        let script = "
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const wide = [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > width + 1);
            return [`${document.documentElement.scrollWidth} > ${width}`]
                .concat(wide.slice(0, 10).map(one => one.cloneNode(false).outerHTML));";
        let found: Vec<String> = serde_json::from_value(self.script(script).await?)?;
        ensure!(found.is_empty(), "{} is wider than the window: {found:#?}", self.path().await?);
        Ok(())
    }

    /// When the browser painted the page first, counted from when it was asked to open it, in milliseconds.
    ///
    /// # Errors
    ///
    /// It did not paint for half a minute.
    pub async fn first_paint(&self) -> anyhow::Result<f64> {
        let script = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
        self.until("the page is painted", script).await?.as_f64().context("no number")
    }

    /// A picture of what the window shows, as PNG.
    ///
    /// # Errors
    ///
    /// The browser cannot make one.
    pub async fn picture(&self) -> anyhow::Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    /// The address and the text of the page, for messages.
    async fn shown(&self) -> String {
        let script = "return location.href + '\\n' + document.body.innerText";
        let shown = self.script(script).await.ok();
        let shown = shown.as_ref().and_then(Value::as_str).unwrap_or("the page cannot be read");
        shown.chars().take(SHOWN).collect()
    }
}
