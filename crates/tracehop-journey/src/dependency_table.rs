//! Which service called which, counted as trace backends count it.

use std::collections::HashMap;
use std::fmt;

use crate::journey::Journey;
use crate::places::Places;
use crate::text;

/// How many rows are printed. The rest is only counted.
const MAX_ROWS: usize = 200;
const SERVICE: usize = 40;
const CALLS: usize = 7;

/// Which service called which, and how often: the numbers at the arrows of a service graph.
///
/// It counts as the service graphs of trace backends do, for example Jaeger's `/api/dependencies`: each span whose parent is a
/// span of another service is one call from that service. So a message counts once for each time that it is processed by
/// another service, if nothing but its processing is a child of its send. Links do not count: of a handler that only links to
/// the send there is a [`Hop`](crate::Hop), but no call.
///
/// It is collected from journeys. Rows are in the order in which the calls first appear. The text is at most 100 columns wide
/// and 200 rows long.
///
/// ```
/// # use tracehop_journey::{Bounds, DependencyTable, Index};
/// # let index = Index::new(Bounds::default());
/// let table: DependencyTable = index.journeys().iter().collect();
/// println!("{table}");
/// assert!(table.rows().is_empty(), "nothing was taken in yet");
/// ```
///
/// ```text
/// from → to             calls
/// checkout → billing        3
/// billing → warehouse       2
/// ```
#[derive(Clone, Debug, Default)]
pub struct DependencyTable {
    rows: Vec<Dependency>,
}

/// All calls from one service to another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependency {
    /// The service of the parent spans.
    pub parent: String,
    /// The service of the child spans.
    pub child: String,
    /// How many child spans there are.
    pub calls: usize,
}

impl DependencyTable {
    /// The rows, in the order in which the calls first appeared.
    pub fn rows(&self) -> &[Dependency] {
        &self.rows
    }
}

impl<'a> FromIterator<&'a Journey> for DependencyTable {
    fn from_iter<I: IntoIterator<Item = &'a Journey>>(journeys: I) -> Self {
        let mut rows: Vec<Dependency> = Vec::new();
        let mut places = HashMap::new();
        for journey in journeys {
            let index = Places::new(&journey.spans);
            for (place, span) in index.spans() {
                // A backend keeps one span for each identity.
                let is_first = index.place(span.key()) == Some(place);
                let parent = span.parent().and_then(|parent| index.get(parent));
                let Some(parent) = parent.filter(|parent| is_first && parent.service() != span.service())
                else {
                    continue;
                };
                let place = *places.entry((parent.service(), span.service())).or_insert_with(|| {
                    let (parent, child) = (parent.service().to_owned(), span.service().to_owned());
                    rows.push(Dependency { parent, child, calls: 0 });
                    rows.len() - 1
                });
                if let Some(row) = rows.get_mut(place) {
                    row.calls += 1;
                }
            }
        }
        Self { rows }
    }
}

impl fmt::Display for DependencyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.rows.iter().take(MAX_ROWS);
        let labels: Vec<String> = shown.clone().map(Dependency::services).collect();
        let title = "from → to";
        let width =
            labels.iter().map(|label| text::columns(label)).chain([text::columns(title)]).max().unwrap_or(0);
        write!(f, "{title:width$} {:>CALLS$}", "calls")?;
        for (row, label) in shown.zip(&labels) {
            write!(f, "\n{label:width$} {:>CALLS$}", text::narrow(row.calls))?;
        }
        match self.rows.len().saturating_sub(MAX_ROWS) {
            0 => Ok(()),
            more => write!(f, "\n… {more} more"),
        }
    }
}

impl Dependency {
    fn services(&self) -> String {
        format!("{} → {}", text::fit(&self.parent, SERVICE), text::fit(&self.child, SERVICE))
    }
}
