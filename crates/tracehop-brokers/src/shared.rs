//! Brokers that all tests of a program use.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use anyhow::anyhow;

use crate::running_broker::{Inner, RunningBroker};
use crate::wanted::Wanted;

/// One for each that is wanted.
static SHARED: LazyLock<Mutex<HashMap<Wanted, Arc<Place>>>> = LazyLock::new(Mutex::default);

/// Locked while the broker is started: who wants the same meanwhile waits for it.
type Place = tokio::sync::Mutex<Option<Held>>;

enum Held {
    /// Until this process ends: what then stops it is a process of its own.
    ToTheEnd(RunningBroker),
    /// As long as a test has it.
    WhileUsed(Weak<Inner>),
    /// All tests that need it fail for this reason, and only the first waits for it.
    Failed(String),
}

/// The one that this process shares, which is started by who is first.
pub(crate) async fn find(wanted: Wanted) -> anyhow::Result<RunningBroker> {
    let place = {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shared.entry(wanted.clone()).or_default())
    };
    let mut held = place.lock().await;
    match &*held {
        Some(Held::ToTheEnd(broker)) => return Ok(broker.clone()),
        Some(Held::WhileUsed(inner)) => {
            if let Some(inner) = inner.upgrade() {
                return Ok(RunningBroker { inner });
            }
        }
        Some(Held::Failed(why)) => return Err(anyhow!("{why}")),
        None => {}
    }
    let found = wanted.find(true).await;
    *held = Some(match &found {
        Ok(broker) if broker.inner.kept.lock().await.ends_with_this_process() => {
            Held::ToTheEnd(broker.clone())
        }
        Ok(broker) => Held::WhileUsed(Arc::downgrade(&broker.inner)),
        Err(error) => Held::Failed(format!("{error:#}")),
    });
    found
}
