//! How much is held, and how often it is exported.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use opentelemetry::otel_warn;
use opentelemetry_sdk::trace::{
    OTEL_BSP_EXPORT_TIMEOUT, OTEL_BSP_EXPORT_TIMEOUT_DEFAULT, OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE_DEFAULT, OTEL_BSP_MAX_QUEUE_SIZE, OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT,
    OTEL_BSP_SCHEDULE_DELAY, OTEL_BSP_SCHEDULE_DELAY_DEFAULT,
};

use super::chunk::Form;

/// What the variable can say at least. With less the worker would do nothing but look whether there is something to do.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);

/// What a processor goes by. No value is zero, and no batch is larger than the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) max_queue_size: usize,
    pub(super) max_export_batch_size: usize,
    pub(super) schedule_delay: Duration,
    pub(super) export_timeout: Duration,
}

/// What was set in code.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) max_queue_size: Option<usize>,
    pub(super) max_export_batch_size: Option<usize>,
    pub(super) schedule_delay: Option<Duration>,
    pub(super) export_timeout: Option<Duration>,
}

impl Config {
    /// What was set in code, else the variable, else the default.
    pub(super) fn new(settings: &Settings, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let milliseconds = |text: &str| number(text).map(Duration::from_millis);
        let max_queue_size = choose(
            settings.max_queue_size,
            OTEL_BSP_MAX_QUEUE_SIZE,
            lookup,
            number,
            OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT,
        );
        let max_export_batch_size = choose(
            settings.max_export_batch_size,
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
            lookup,
            number,
            // What nobody asked for is made smaller without a word.
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE_DEFAULT.min(max_queue_size),
        );
        if max_export_batch_size > max_queue_size {
            otel_warn!(
                name: "ChunkSpanProcessor.BatchSizeReduced",
                asked_for = max_export_batch_size as u64,
                max_queue_size = max_queue_size as u64,
                message = "A batch cannot be larger than the queue. It is as large as the queue now."
            );
        }
        Self {
            max_queue_size,
            max_export_batch_size: max_export_batch_size.min(max_queue_size),
            schedule_delay: choose(
                settings.schedule_delay,
                OTEL_BSP_SCHEDULE_DELAY,
                lookup,
                milliseconds,
                OTEL_BSP_SCHEDULE_DELAY_DEFAULT,
            )
            .max(SHORTEST_DELAY),
            export_timeout: choose(
                settings.export_timeout,
                OTEL_BSP_EXPORT_TIMEOUT,
                lookup,
                milliseconds,
                OTEL_BSP_EXPORT_TIMEOUT_DEFAULT,
            ),
        }
    }

    /// Spans that a thread collects before it hands them over.
    pub(super) fn chunk_size(&self, form: Form) -> usize {
        self.max_export_batch_size.min(form.chunk_size())
    }
}

/// The first of the three that can be used. Zero cannot.
fn choose<T: Copy + Default + PartialEq + std::fmt::Debug>(
    set: Option<T>,
    variable: &'static str,
    lookup: &dyn Fn(&str) -> Option<String>,
    parse: impl Fn(&str) -> Option<T>,
    default: T,
) -> T {
    if let Some(value) = set {
        if value != T::default() {
            return value;
        }
        ignored(variable, "zero, set in code");
    }
    // Set and empty means unset, in all variables of OpenTelemetry.
    let Some(text) = lookup(variable).filter(|text| !text.trim().is_empty()) else { return default };
    let value = parse(text.trim()).filter(|value| *value != T::default());
    value.unwrap_or_else(|| {
        ignored(variable, &text);
        default
    })
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn ignored(variable: &'static str, value: &(impl Display + ?Sized)) {
    otel_warn!(
        name: "ChunkSpanProcessor.SettingIgnored",
        variable = variable,
        value = value.to_string(),
        message = "This is no whole number above zero. The default is used instead."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Config {
        configured(&Settings::default(), variables)
    }

    fn configured(settings: &Settings, variables: &[(&str, &str)]) -> Config {
        Config::new(settings, &|name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn expected(queue: usize, batch: usize, delay: u64, timeout: u64) -> Config {
        Config {
            max_queue_size: queue,
            max_export_batch_size: batch,
            schedule_delay: Duration::from_millis(delay),
            export_timeout: Duration::from_millis(timeout),
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        assert_eq!(config(&[]), expected(2_048, 512, 5_000, 30_000));
    }

    #[test]
    fn each_variable_is_read() {
        let variables = [
            ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", " 10 "),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
            ("OTEL_BSP_EXPORT_TIMEOUT", "30"),
        ];
        assert_eq!(config(&variables), expected(100, 10, 20, 30));
    }

    #[test]
    fn what_is_set_in_code_goes_before_the_variable() {
        let settings = Settings { max_queue_size: Some(7), ..Settings::default() };
        let variables = [("OTEL_BSP_MAX_QUEUE_SIZE", "100"), ("OTEL_BSP_SCHEDULE_DELAY", "20")];
        assert_eq!(configured(&settings, &variables), expected(7, 7, 20, 30_000));
    }

    #[test]
    fn a_variable_that_is_no_number_above_zero_is_as_unset() {
        for value in ["", " ", "0", "-1", "1.5", "many", "99999999999999999999999", "1e3", "5s", "\u{fffd}"] {
            let all = [
                "OTEL_BSP_MAX_QUEUE_SIZE",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                "OTEL_BSP_SCHEDULE_DELAY",
                "OTEL_BSP_EXPORT_TIMEOUT",
            ];
            assert_eq!(config(&all.map(|name| (name, value))), config(&[]), "{value:?}");
        }
    }

    #[test]
    fn zero_in_code_is_as_if_it_was_not_set() {
        let settings = Settings {
            max_queue_size: Some(0),
            max_export_batch_size: Some(0),
            schedule_delay: Some(Duration::ZERO),
            export_timeout: Some(Duration::ZERO),
        };
        assert_eq!(configured(&settings, &[]), config(&[]));
        let variables = [("OTEL_BSP_MAX_QUEUE_SIZE", "100")];
        assert_eq!(configured(&settings, &variables).max_queue_size, 100);
    }

    #[test]
    fn an_interval_is_a_millisecond_at_least() {
        let settings = Settings { schedule_delay: Some(Duration::from_nanos(1)), ..Settings::default() };
        assert_eq!(configured(&settings, &[]).schedule_delay, Duration::from_millis(1));
    }

    #[test]
    fn a_batch_is_no_larger_than_the_queue() {
        let variables = [("OTEL_BSP_MAX_QUEUE_SIZE", "5"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")];
        assert_eq!(config(&variables), expected(5, 5, 5_000, 30_000));
        assert_eq!(config(&variables).chunk_size(Form::Spans), 5);
        assert_eq!(config(&variables[..1]).max_export_batch_size, 5);
    }

    #[test]
    fn the_largest_values_are_taken() {
        let largest = usize::MAX.to_string();
        let config = config(&[
            ("OTEL_BSP_MAX_QUEUE_SIZE", &largest),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", &largest),
            ("OTEL_BSP_SCHEDULE_DELAY", "18446744073709551615"),
        ]);
        assert_eq!(config, expected(usize::MAX, usize::MAX, u64::MAX, 30_000));
        assert_eq!(config.chunk_size(Form::Spans), 256);
    }
}
