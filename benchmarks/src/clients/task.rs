//! What a child is told: one style of one cell.

use anyhow::bail;

use super::cell::{Cell, Style};

/// How this program starts itself to work.
pub(crate) const WORKER: &str = "--worker";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) cell: Cell,
    pub(crate) style: Style,
    /// Of the broker.
    pub(crate) address: String,
    pub(crate) sink: String,
}

impl Task {
    /// For the command line.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let Self { cell, style, address, sink } = self;
        let names = cell.arguments().into_iter().chain([style.name()]);
        names.chain([address.as_str(), sink.as_str()]).map(str::to_owned).collect()
    }

    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let (cell, rest) = arguments.split_at_checked(4).unwrap_or_default();
        let [style, address, sink] = rest else { bail!("a task has seven parts") };
        Ok(Self {
            cell: Cell::parse(cell)?,
            style: style.parse()?,
            address: address.clone(),
            sink: sink.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_understood_by_another_process() {
        for cell in Cell::all() {
            let (address, sink) = ("127.0.0.1:1".to_owned(), "127.0.0.1:2".to_owned());
            let task = Task { cell, style: Style::Tracing, address, sink };
            assert_eq!(Task::parse(&task.arguments()).unwrap(), task);
        }
        assert!(Task::parse(&[]).is_err());
    }
}
