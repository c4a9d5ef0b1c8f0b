//! Why operations fail.

use std::any::{Any, TypeId, type_name};
use std::borrow::Cow;
use std::fmt::{self, Display, Write};

use super::ErrorNames;
use crate::caught::caught;
use crate::semconv;

/// The most of an error's text that becomes the status description, in bytes.
const MAX_DESCRIPTION: usize = 1024;

/// Why an operation failed.
pub struct Failure<'a> {
    kind: Kind<'a>,
    description: &'a dyn Display,
}

enum Kind<'a> {
    Typed { error: &'a dyn Any, type_id: TypeId, type_name: &'static str },
    Known(Cow<'static, str>),
}

impl<'a> Failure<'a> {
    /// A failure whose `error.type` follows from the error's type.
    ///
    /// In this order: what [`MessagingTracerBuilder::error_type`] was told about the type; the client's own code, if it
    /// is one of the messaging client's errors; `_OTHER` for strings and boxed errors, whose type says nothing; the
    /// type's name without generics.
    ///
    /// [`MessagingTracerBuilder::error_type`]: crate::MessagingTracerBuilder::error_type
    pub fn of<E: Display + 'static>(error: &'a E) -> Self {
        let kind = Kind::Typed { error, type_id: TypeId::of::<E>(), type_name: type_name::<E>() };
        Self { kind, description: error }
    }

    /// A failure with a given `error.type`, which should be of low cardinality.
    pub fn new(error_type: impl Into<Cow<'static, str>>, description: &'a dyn Display) -> Self {
        Self { kind: Kind::Known(error_type.into()), description }
    }

    /// The value of `error.type`.
    pub(crate) fn error_type(&self, names: &ErrorNames) -> Cow<'static, str> {
        match &self.kind {
            Kind::Known(error_type) => error_type.clone(),
            Kind::Typed { error, type_id, type_name } => names
                .name(*type_id, *error)
                .unwrap_or_else(|| Cow::Borrowed(name_without_generics(type_name))),
        }
    }

    /// The text for the span's status, cut to a bounded length.
    pub(crate) fn description(&self) -> String {
        let mut text = String::new();
        // What cannot be displayed, or panics meanwhile, is described as far as it went: the application's error still comes back.
        let _ = caught(|| write!(text, "{}", self.description));
        let mut end = text.len().min(MAX_DESCRIPTION);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }
}

impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure").field("description", &self.description()).finish_non_exhaustive()
    }
}

fn name_without_generics(name: &'static str) -> &'static str {
    let name = name.split('<').next().unwrap_or(name);
    match name {
        "&str" | "alloc::string::String" | "alloc::boxed::Box" | "alloc::borrow::Cow" | "" => {
            semconv::ERROR_TYPE_OTHER
        }
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    use crate::message::MessagingSystem;
    use crate::operation::ErrorTypes;

    /// A system whose client has one type of error.
    enum Mail {}

    impl MessagingSystem for Mail {
        const NAME: &'static str = "mail";

        fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
            error.is::<std::io::Error>().then_some("client".into())
        }
    }

    fn check(failure: &Failure<'_>, expected: &str) {
        assert_eq!(failure.error_type(&ErrorNames::none()), expected);
    }

    #[test]
    fn the_error_type_is_the_types_name_unless_that_says_nothing() {
        let io = std::io::Error::other("x");
        check(&Failure::of(&io), "std::io::error::Error");
        check(&Failure::of(&anyhow::anyhow!("x")), "anyhow::Error");
        check(&Failure::of(&"x".to_owned()), "_OTHER");
        check(&Failure::of(&"x"), "_OTHER");
        check(&Failure::of(&Box::<dyn std::error::Error>::from("x")), "_OTHER");
        check(&Failure::new("timeout", &"x"), "timeout");
    }

    #[test]
    fn the_users_word_goes_before_the_clients() {
        let mut known = ErrorTypes::default();
        known.add(|error: &std::io::Error| error.kind().to_string());
        let error = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let failure = Failure::of(&error);
        assert_eq!(failure.error_type(&ErrorNames::of::<Mail>(Some(&Arc::new(known)))), "broken pipe");
        assert_eq!(failure.error_type(&ErrorNames::of::<Mail>(None)), "client");
    }

    #[test]
    fn a_long_description_is_cut_between_characters() {
        for (text, bytes) in [
            ("x".repeat(MAX_DESCRIPTION), MAX_DESCRIPTION),
            ("x".repeat(MAX_DESCRIPTION + 1), MAX_DESCRIPTION),
            ("é".repeat(MAX_DESCRIPTION), MAX_DESCRIPTION),
            (format!("x{}", "é".repeat(MAX_DESCRIPTION)), MAX_DESCRIPTION - 1),
            (format!("x{}", "\u{1f4ec}".repeat(MAX_DESCRIPTION)), MAX_DESCRIPTION - 3),
        ] {
            let description = Failure::of(&text).description();
            assert_eq!(description.len(), bytes);
            assert!(text.starts_with(&description));
        }
    }
}
