//! All series of one meter.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use super::instruments::Instruments;
use super::messaging_metrics::MessagingMetrics;
use super::series::Series;
use crate::message::{InternedStr, OperationKind};
use crate::observe::RouteFacts;
use crate::semconv;

/// How many series there are at most, for each destination that may have some: operations, groups and servers differ too.
const SERIES_OF_A_DESTINATION: usize = 16;

pub(super) struct SeriesTable {
    instruments: Arc<Instruments>,
    has_partitions: bool,
    max_destinations: usize,
    content: RwLock<Content>,
}

#[derive(Default)]
struct Content {
    series: HashMap<Key, Arc<Series>>,
    destinations: HashSet<String>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    system: &'static str,
    kind: OperationKind,
    operation: &'static str,
    place: Place,
    group: Option<String>,
    address: Option<String>,
    port: Option<u16>,
}

/// What stands in the destination's place.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    None,
    Name(String),
    Template(String),
    Overflow,
}

impl SeriesTable {
    pub(super) fn new(meter: &Meter, settings: &MessagingMetrics) -> Arc<Self> {
        Arc::new_cyclic(|table: &Weak<Self>| {
            let table = table.clone();
            let tell = move || Some(table.upgrade()?.tell());
            Self {
                instruments: Arc::new(Instruments::new(meter, settings, tell)),
                has_partitions: settings.partitions,
                max_destinations: settings.max_destinations,
                content: RwLock::default(),
            }
        })
    }

    pub(super) fn series(&self, facts: &RouteFacts<'_>) -> Arc<Series> {
        let mut key = Key::of(facts);
        {
            let content = self.content.read().unwrap_or_else(PoisonError::into_inner);
            self.bound(&content, &mut key);
            if let Some(series) = content.series.get(&key) {
                return Arc::clone(series);
            }
        }
        let mut content = self.content.write().unwrap_or_else(PoisonError::into_inner);
        self.bound(&content, &mut key);
        if let Some(name) = key.place.text() {
            content.destinations.insert(name.to_owned());
        }
        let new = |key: &Key| {
            Arc::new(Series::new(key.kind, &self.instruments, key.attributes(), self.has_partitions))
        };
        Arc::clone(content.series.entry(key).or_insert_with_key(new))
    }

    /// Makes the key one of those that all share, if there are too many.
    fn bound(&self, content: &Content, key: &mut Key) {
        let is_new = |name: &str| !content.destinations.contains(name);
        if content.destinations.len() >= self.max_destinations && key.place.text().is_some_and(is_new) {
            key.place = Place::Overflow;
        }
        let most = self.max_destinations.saturating_add(1).saturating_mul(SERIES_OF_A_DESTINATION);
        if content.series.len() >= most && !content.series.contains_key(key) {
            *key = Key { place: Place::Overflow, group: None, address: None, port: None, ..key.clone() };
        }
    }

    /// Tells the counters what was counted since they were told last, and says how many destinations there are.
    pub(super) fn tell(&self) -> u64 {
        let (all, destinations) = {
            let content = self.content.read().unwrap_or_else(PoisonError::into_inner);
            (content.series.values().cloned().collect::<Vec<_>>(), content.destinations.len())
        };
        // No lock is held while the SDK is called.
        for series in all {
            series.tell();
        }
        u64::try_from(destinations).unwrap_or(u64::MAX)
    }
}

impl Drop for SeriesTable {
    /// What was counted since the meter collected last is not lost with the tracer.
    fn drop(&mut self) {
        self.tell();
    }
}

impl Key {
    fn of(facts: &RouteFacts<'_>) -> Self {
        let RouteFacts { system, kind, operation, destination, is_template, client } = *facts;
        let owned = |text: &InternedStr| text.as_str().to_owned();
        let group = client.consumer_group.as_ref().filter(|_| kind.is_consuming());
        Self {
            system,
            kind,
            operation,
            place: match destination.map(owned) {
                None => Place::None,
                Some(template) if is_template => Place::Template(template),
                Some(name) => Place::Name(name),
            },
            group: group.map(owned),
            address: client.server_address.as_ref().map(owned),
            port: client.server_port,
        }
    }

    fn attributes(&self) -> Vec<KeyValue> {
        let mut list = vec![
            KeyValue::new(semconv::MESSAGING_SYSTEM, self.system),
            KeyValue::new(semconv::MESSAGING_OPERATION_NAME, self.operation),
        ];
        list.extend(self.place.attribute());
        for (key, text) in
            [(semconv::MESSAGING_CONSUMER_GROUP_NAME, &self.group), (semconv::SERVER_ADDRESS, &self.address)]
        {
            list.extend(text.clone().map(|text| KeyValue::new(key, text)));
        }
        list.extend(self.port.map(|port| KeyValue::new(semconv::SERVER_PORT, i64::from(port))));
        list
    }
}

impl Place {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Name(text) | Self::Template(text) => Some(text),
            Self::None | Self::Overflow => None,
        }
    }

    fn attribute(&self) -> Option<KeyValue> {
        Some(match self {
            Self::None => return None,
            Self::Name(name) => KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, name.clone()),
            Self::Template(template) => {
                KeyValue::new(semconv::MESSAGING_DESTINATION_TEMPLATE, template.clone())
            }
            Self::Overflow => KeyValue::new(semconv::TRACEHOP_DESTINATION_OVERFLOW, true),
        })
    }
}
