//! Which messages of a hop are asked for.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use tracehop_journey::{HopQuery, HopRecord, JourneySummary};

use super::address::Address;
use super::params::{BadParam, Params};
use super::stretch::Stretch;
use super::wire::nanos;

/// Which messages of a hop are asked for. All of it must hold for one and the same try of a message, which no search can say: its
/// terms are each about the journey as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessagesAsked {
    pub(crate) hop: HopQuery,
    /// When their handlers started.
    pub(crate) during: Option<Stretch>,
    /// How long they waited.
    pub(crate) waited: Option<Stretch>,
    /// How long they were handled.
    pub(crate) handled: Option<Stretch>,
}

impl MessagesAsked {
    /// The parameters of the hop, and `during`, `waited` and `handled`. Without all of them, any journey is meant.
    pub(crate) fn of(params: &Params) -> Result<Option<Self>, BadParam> {
        const NAMES: [&str; 7] =
            ["destination", "producer", "consumer", "group", "during", "waited", "handled"];
        if NAMES.iter().all(|name| params.raw(name).is_none()) {
            return Ok(None);
        }
        let stretch = |name| Stretch::of(params, name);
        Ok(Some(Self {
            hop: hop_query(params)?,
            during: stretch("during")?,
            waited: stretch("waited")?,
            handled: stretch("handled")?,
        }))
    }

    /// The address with these parameters.
    pub(crate) fn add_to(&self, address: Address) -> Address {
        self.params().into_iter().fold(address, |address, (name, value)| address.with(name, value))
    }

    /// The parameters.
    pub(crate) fn params(&self) -> Vec<(&'static str, String)> {
        let hop = &self.hop;
        let names =
            [("producer", &hop.producer), ("consumer", &hop.consumer), ("group", &hop.group)].into_iter();
        let stretches =
            [("during", self.during), ("waited", self.waited), ("handled", self.handled)].into_iter();
        let mut params = vec![("destination", hop.destination.clone())];
        params.extend(names.filter_map(|(name, value)| Some((name, value.clone()?))));
        params.extend(stretches.filter_map(|(name, value)| Some((name, value?.to_string()))));
        params
    }

    /// Whether a journey has one.
    pub(crate) fn any_in(&self, journey: &JourneySummary) -> bool {
        journey.hops.iter().any(|hop| self.has(hop))
    }

    /// How many there are. Each try counts; one that is in several journeys counts once.
    pub(crate) fn count(&self, journeys: &[&Arc<JourneySummary>]) -> usize {
        let hops = journeys.iter().flat_map(|journey| &journey.hops).filter(|hop| self.has(hop));
        hops.map(|hop| (hop.send, hop.process)).collect::<HashSet<_>>().len()
    }

    fn has(&self, hop: &HopRecord) -> bool {
        let within = |wanted: Option<Stretch>, value: u64| wanted.is_none_or(|wanted| wanted.has(value));
        let during = |wanted: Stretch| {
            // A handler before 1970 is at no time that can be asked for.
            hop.handled_at().duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|at| wanted.has(nanos(at)))
        };
        within(self.waited, nanos(hop.wait))
            && within(self.handled, nanos(hop.handling))
            && self.during.is_none_or(during)
            && self.hop.matches(hop)
    }
}

/// The parameters `destination`, `producer`, `consumer` and `group`.
pub(crate) fn hop_query(params: &Params) -> Result<HopQuery, BadParam> {
    let maybe = |name| params.raw(name).map(str::to_owned);
    Ok(HopQuery {
        destination: params.needed("destination")?.to_owned(),
        producer: maybe("producer"),
        consumer: maybe("consumer"),
        group: maybe("group"),
    })
}
