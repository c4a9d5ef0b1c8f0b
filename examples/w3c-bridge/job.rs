//! What one request of the suite asks for: the payload of a message to the service.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::Callback;

#[derive(Serialize, Deserialize)]
pub(crate) struct Job {
    /// The request that waits for the callbacks.
    pub(crate) id: u64,
    pub(crate) calls: Vec<Call>,
}

/// One member of the suite's JSON.
#[derive(Serialize, Deserialize)]
pub(crate) struct Call {
    url: String,
    #[serde(default)]
    arguments: Value,
}

/// The handler of the service, the same over all transports: it sends a message for each callback.
pub(crate) async fn handle<F>(payload: &[u8], send: impl Fn(Vec<u8>) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let job: Job = serde_json::from_slice(payload).context("somebody else sent a message to this service")?;
    for Call { url, arguments } in job.calls {
        send(serde_json::to_vec(&Callback { id: job.id, url, arguments })?).await?;
    }
    Ok(())
}
