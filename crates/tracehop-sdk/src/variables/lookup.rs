use std::sync::Arc;

use opentelemetry::otel_warn;

/// Where variables are read from.
#[derive(Clone)]
pub(crate) struct Lookup(Arc<ValueOf>);

type ValueOf = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Default for Lookup {
    /// The environment of the process. What is not Unicode is nothing that is expected, and is warned of as such.
    fn default() -> Self {
        Self::new(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }
}

impl Lookup {
    pub(crate) fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// The value without the spaces around it. Set and empty means unset, in all variables of OpenTelemetry.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = self.raw(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The value as it is, for those who read it themselves.
    pub(crate) fn raw(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }

    /// Whether it is true, which only the word is.
    pub(crate) fn is_true(&self, name: &'static str) -> bool {
        let Some(value) = self.get(name) else { return false };
        let is_true = value.eq_ignore_ascii_case("true");
        if !is_true && !value.eq_ignore_ascii_case("false") {
            ignored(name, "it is neither true nor false");
        }
        is_true
    }
}

/// Warns of what nobody understands, without the value.
pub(crate) fn ignored(variable: &'static str, reason: &str) {
    otel_warn!(name: "Telemetry.VariableIgnored", variable = variable, reason = reason);
}

/// A whole number above zero, if the variable has one.
#[cfg(any(feature = "metrics", feature = "logs"))]
pub(crate) fn positive(lookup: &Lookup, name: &'static str) -> Option<u64> {
    let text = lookup.get(name)?;
    let number = text.parse().ok().filter(|number| *number > 0);
    if number.is_none() {
        ignored(name, "it is no whole number above zero");
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_another_place_variables_are_those_of_the_process() {
        let (mut set, lookup) = (0, Lookup::default());
        for (name, value) in std::env::vars() {
            assert_eq!(lookup.raw(&name).as_ref(), Some(&value), "{name}");
            set += 1;
        }
        assert!(set > 0, "the tests of cargo have variables");
        assert_eq!(lookup.raw("TRACEHOP_THAT_NOBODY_SET"), None);
    }
}
