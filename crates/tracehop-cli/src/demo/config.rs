//! What a demo is told.

/// Where a demo sends its spans to, and how much happens in it.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoConfig {
    /// The address to which OTLP goes over HTTP, without the path: `http://127.0.0.1:4318`.
    pub endpoint: String,
    /// The token that is asked for there.
    pub token: Option<String>,
    /// What happens follows from this number.
    pub seed: u64,
    /// How many journeys begin in a second, about: from 0.1 to 100.
    pub rate: f64,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self { endpoint: "http://127.0.0.1:4318".to_owned(), token: None, seed: 7, rate: 4.0 }
    }
}
