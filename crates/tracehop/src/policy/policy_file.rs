//! Policies in a file.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor, value};
use serde::{Deserialize, de};

use super::of_map::OfMap;
use super::pattern::Pattern;
use super::{LivePolicies, Policies, Policy};

/// A file of policies cannot be read. It says where, and what would be right.
///
/// ```
/// use tracehop::Policies;
///
/// let error = Policies::from_toml("[[destination]]\nmatch = \"orders\"\nspans = \"some\"\n").unwrap_err();
/// assert_eq!(error.line(), Some(3));
/// assert_eq!(
///     error.to_string(),
///     "line 3: unknown variant `some`, expected one of `full`, `batch_only`, `context_only`, `off`"
/// );
/// ```
#[derive(Debug)]
pub struct PolicyError {
    path: Option<PathBuf>,
    line: Option<usize>,
    message: String,
}

impl PolicyError {
    /// The line in which the mistake is, from 1, if it is in one.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    fn new(line: Option<usize>, message: impl fmt::Display) -> Self {
        // The parsers' own messages may end with a line break or with the place.
        Self { path: None, line, message: message.to_string().trim_end().to_owned() }
    }

    fn in_file(self, path: &Path) -> Self {
        Self { path: Some(path.to_owned()), ..self }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl Error for PolicyError {}

impl Policies {
    /// Policies as TOML. The names are those of the methods of [`Policy`], and `max_age_seconds`; values are in lower case, and with
    /// `_` between words.
    ///
    /// # Errors
    ///
    /// It is no TOML, or there is a name or a value that is unknown: with its line.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tracehop::{Budget, Format, Policies, Policy, SpanLevel, Trust};
    ///
    /// let policies = Policies::from_toml(
    ///     r#"
    ///     [defaults]
    ///     settle_spans = false
    ///
    ///     [[destination]]
    ///     match = "partners.*"
    ///     trust = "link_only"
    ///     baggage_out = ["tenant"]
    ///     write = ["tracecontext", "b3"]
    ///     budget = { baggage_members = 8 }
    ///     max_age_seconds = 3600
    ///
    ///     [[destination]]
    ///     match = "heartbeats"
    ///     spans = "context_only"
    ///     "#,
    /// )?;
    /// let partners = Policy::new()
    ///     .trust(Trust::LinkOnly)
    ///     .baggage_out(["tenant"])
    ///     .write([Format::TraceContext, Format::B3])
    ///     .budget(Budget::default().baggage_members(8))
    ///     .max_age(Duration::from_secs(3600));
    /// let expected = Policies::new()
    ///     .defaults(Policy::new().settle_spans(false))
    ///     .on("partners.*", partners)
    ///     .on("heartbeats", Policy::new().spans(SpanLevel::ContextOnly));
    /// assert_eq!(policies, expected);
    /// # Ok::<(), tracehop::PolicyError>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let line_of = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let wrong = |error: toml::de::Error| {
            PolicyError::new(error.span().map(|span| line_of(span.start)), error.message())
        };
        toml::from_str(text).map(|OfMap(file): OfMap<File>| file.policies()).map_err(wrong)
    }

    /// Policies as JSON: an object with `defaults`, and with `destination`, a list of objects each of which has `match`.
    ///
    /// # Errors
    ///
    /// As for [`from_toml`](Self::from_toml).
    ///
    /// ```
    /// use tracehop::{Policies, Policy};
    ///
    /// let policies = Policies::from_json(r#"{"destination": [{"match": "orders", "receive_spans": true}]}"#)?;
    /// assert_eq!(policies, Policies::new().on("orders", Policy::new().receive_spans(true)));
    /// # Ok::<(), tracehop::PolicyError>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        let wrong = |error: serde_json::Error| {
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = error.to_string();
            let line = Some(error.line()).filter(|line| *line > 0);
            PolicyError::new(line, message.strip_suffix(&place).unwrap_or(&message))
        };
        serde_json::from_str(text).map(|OfMap(file): OfMap<File>| file.policies()).map_err(wrong)
    }

    /// The policies in a file: JSON if its name ends with `.json`, else TOML.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is wrong as for [`from_toml`](Self::from_toml): with its path.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, PolicyError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|error| PolicyError::new(None, error).in_file(path))?;
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let read = if is_json { Self::from_json(&text) } else { Self::from_toml(&text) };
        read.map_err(|error| error.in_file(path))
    }
}

impl LivePolicies {
    /// The policies in a [file](Policies::from_file), until they are replaced.
    ///
    /// # Errors
    ///
    /// As for [`Policies::from_file`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, PolicyError> {
        Policies::from_file(path).map(Self::new)
    }

    /// Puts the policies in a [file](Policies::from_file) in the place of those that hold: when the service gets a signal, for
    /// example. If the file is wrong, those that hold stay.
    ///
    /// # Errors
    ///
    /// As for [`Policies::from_file`].
    pub fn load(&self, path: impl AsRef<Path>) -> Result<(), PolicyError> {
        Policies::from_file(path).map(|policies| self.replace(policies))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    defaults: OfMap<Policy>,
    destination: Vec<Entry>,
}

impl File {
    fn policies(self) -> Policies {
        let Self { defaults: OfMap(defaults), destination } = self;
        let list = destination.into_iter().map(|Entry { pattern, policy }| (pattern, policy)).collect();
        Policies { defaults, list }
    }
}

/// A policy, and beside its own names a `match`. It is read by hand: with serde's `flatten` a mistake has no line, and a name
/// that is unknown is none.
struct Entry {
    pattern: Pattern,
    policy: Policy,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;

        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a policy with `match`, the pattern of its destinations")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let mut pattern = None;
                let others = WithoutMatch { map, pattern: &mut pattern };
                let policy = Policy::deserialize(value::MapAccessDeserializer::new(others))?;
                match pattern {
                    Some(pattern) if pattern.is_empty() => Err(de::Error::custom(
                        "`match` is empty: it fits no destination; `*` fits all that have a name",
                    )),
                    Some(pattern) => Ok(Entry { pattern: Pattern::new(pattern), policy }),
                    None => Err(de::Error::missing_field("match")),
                }
            }
        }

        deserializer.deserialize_map(EntryVisitor)
    }
}

/// All of a map but for `match`, which is put aside.
struct WithoutMatch<'a, A> {
    map: A,
    pattern: &'a mut Option<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutMatch<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        loop {
            match self.map.next_key_seed(UnlessMatch(&mut seed))? {
                Some(None) if self.pattern.is_some() => return Err(de::Error::duplicate_field("match")),
                Some(None) => *self.pattern = Some(self.map.next_value()?),
                Some(Some(key)) => return Ok(Some(key)),
                None => return Ok(None),
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A key, or `None` for `match`. The seed is used up by the first key that is another.
struct UnlessMatch<'a, K>(&'a mut Option<K>);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for UnlessMatch<'_, K> {
    type Value = Option<K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let key = String::deserialize(deserializer)?;
        match self.0.take_if(|_| key != "match") {
            Some(seed) => seed.deserialize(key.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(read: Result<Policies, PolicyError>, line: usize, message: &str) {
        let error = read.expect_err("it is wrong");
        assert_eq!(error.line(), Some(line), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }

    #[test]
    fn a_mistake_in_toml_is_named_with_its_line() {
        for (text, line, message) in [
            ("defaults = 1", 1, "invalid type"),
            ("[defaults]\nspan = \"full\"", 2, "unknown field `span`, expected one of `spans`"),
            ("\n\n[[destination]]\nmatch = \"a\"\ntrust = \"none\"", 5, "unknown variant `none`"),
            ("[[destination]]\nmatch = \"a\"\nspan = 1", 3, "unknown field `span`, expected one of `spans`"),
            ("[[destination]]\nspans = \"off\"", 1, "missing field `match`"),
            ("[[destination]]\nmatch = 7", 2, "invalid type: integer `7`, expected a string"),
            (
                "[[destination]]\nmatch = \"a\"\nmax_age_seconds = -1",
                3,
                "max_age_seconds is not a number of seconds",
            ),
            (
                "[[destination]]\nmatch = \"a\"\nread = [\"tracecontext\",\n\"zipkin\"]",
                4,
                "unknown variant `zipkin`",
            ),
            ("[[destination]]\nmatch = \"a\"\nmatch = \"b\"", 3, "duplicate key"),
            ("[[destination]\nmatch = \"a\"", 1, ""),
            ("[destinations]\n", 1, "unknown field `destinations`, expected `defaults` or `destination`"),
            ("[defaults]\nbudget = { members = 1 }", 2, "unknown field `members`"),
            ("[defaults]\nbudget = [1]", 2, "invalid type: sequence"),
            ("defaults = []", 1, "invalid type: sequence"),
            ("defaults = [\"off\"]", 1, "invalid type: sequence"),
            ("[[destination]]\nmatch = \"\"", 1, "`match` is empty"),
        ] {
            check(Policies::from_toml(text), line, message);
        }
    }

    #[test]
    fn a_mistake_in_json_is_named_with_its_line() {
        for (text, line, message) in [
            ("", 1, "EOF"),
            ("[]", 1, "invalid type: sequence"),
            ("[[\"off\"]]", 1, "invalid type: sequence"),
            ("{\"defaults\":\n[\"off\", \"link\", 5]}", 2, "invalid type: sequence"),
            ("{\"defaults\": {\"budget\":\n[1, 2, 3, 4]}}", 2, "invalid type: sequence"),
            ("{\"destination\": [\n[\"off\"]]}", 2, "invalid type: sequence"),
            ("{\"defaults\": {\n\"span\": 1}}", 2, "unknown field `span`"),
            ("{\"destination\": [\n{\"match\": \"a\",\n\"spans\": \"x\"}]}", 3, "unknown variant `x`"),
            ("{\"destination\": [\n{\"spans\": \"off\"}]}", 2, "missing field `match`"),
            ("{\"destination\": [\n{\"match\": \"a\",\n\"match\": \"b\"}]}", 3, "duplicate field `match`"),
        ] {
            check(Policies::from_json(text), line, message);
        }
    }

    #[test]
    fn a_file_that_is_wrong_leaves_what_holds() {
        let folder = std::env::temp_dir().join(format!("tracehop-policies-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("policies.toml");
        std::fs::write(&path, "[defaults]\nsettle_spans = false\n").unwrap();
        let live = LivePolicies::from_file(&path).unwrap();
        let before = live.get();
        std::fs::write(&path, "[defaults]\nsettle_spans = maybe\n").unwrap();
        let error = live.load(&path).unwrap_err();
        assert_eq!((error.line(), error.path()), (Some(2), Some(&*path)));
        assert!(error.to_string().starts_with(&format!("{}: line 2: ", path.display())), "{error}");
        let error = live.load(folder.join("absent.toml")).unwrap_err();
        assert!(error.to_string().contains("absent.toml: No such file"), "{error}");
        assert_eq!((live.get(), live.replacements()), (before, 0));
        std::fs::write(folder.join("policies.json"), "{\"defaults\": {\"settle_spans\": true}}").unwrap();
        live.load(folder.join("policies.json")).unwrap();
        assert_eq!(*live.get(), Policies::new().defaults(Policy::new().settle_spans(true)));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
