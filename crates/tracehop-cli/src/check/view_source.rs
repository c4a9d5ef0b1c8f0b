//! Summaries of a running `tracehop view`.

use std::time::Duration;

use ureq::Agent;

use crate::duration_text::Exact;
use crate::summary_wire::{self, Summaries};

/// How long a view may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// How long the answer may be: more than a view that is full has to say.
const MAX_BYTES: u64 = 256 * 1_024 * 1_024;

/// Asks the view at `url` for the journeys of a window, or says in one line why there are none.
pub(super) fn summaries(url: &str, token: Option<&str>, window: Duration) -> Result<Summaries, String> {
    let url = url.trim_end_matches('/');
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(TIME_LIMIT))
        .http_status_as_error(false)
        .max_redirects(0)
        // A view is on this machine or near it.
        .proxy(None)
        .build()
        .into();
    let mut request = agent.get(format!("{url}/api/v1/summaries")).query("window", Exact(window).to_string());
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let said =
        |error: ureq::Error| format!("`tracehop view` at {url} cannot be asked: {error}. Is it running?");
    let mut answer = request.call().map_err(said)?;
    match answer.status().as_u16() {
        200 => {}
        401 | 403 => {
            return Err(format!("`tracehop view` at {url} asks for its token: give it with --token"));
        }
        404 => return Err(format!("{url} has no summaries: is it a `tracehop view` of this version?")),
        status => return Err(format!("`tracehop view` at {url} answered with status {status}")),
    }
    let text = answer.body_mut().with_config().limit(MAX_BYTES).read_to_vec().map_err(said)?;
    summary_wire::read(&text).map_err(|error| format!("`tracehop view` at {url}: {error}"))
}
