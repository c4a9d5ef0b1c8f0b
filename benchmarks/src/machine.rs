//! What it was measured on.

use std::thread;

use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    system: &'static str,
    /// How many programs wanted to run at the end, as Linux counts them: more than the run's own makes times worthless.
    load: Option<f64>,
}

impl Machine {
    pub(crate) fn find() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpus = read("/proc/cpuinfo");
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Self {
            processor: model.map_or("unknown", |(_, model)| model).to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: std::env::consts::OS,
            load: read("/proc/loadavg").split_whitespace().next().and_then(|load| load.parse().ok()),
        }
    }
}
