//! What the sink does with what is posted to it: a path says which.

/// The first part of a path, as in `/silent/v1/traces`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Takes the spans.
    Well,
    /// Takes the spans, and says so late.
    Slow,
    /// Says 503: later perhaps.
    Unavailable,
    /// Says 413, whatever the size is.
    TooLarge,
    /// Reads, and never answers.
    Silent,
    /// Closes the connection within the head of an answer.
    HangsUp,
    /// Answers, and not in HTTP.
    Garbage,
}

impl Behaviour {
    const ALL: [Self; 7] = [
        Self::Well,
        Self::Slow,
        Self::Unavailable,
        Self::TooLarge,
        Self::Silent,
        Self::HangsUp,
        Self::Garbage,
    ];

    /// Where spans are posted to.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Well => "/v1/traces",
            Self::Slow => "/slow/v1/traces",
            Self::Unavailable => "/unavailable/v1/traces",
            Self::TooLarge => "/too-large/v1/traces",
            Self::Silent => "/silent/v1/traces",
            Self::HangsUp => "/hangs-up/v1/traces",
            Self::Garbage => "/garbage/v1/traces",
        }
    }

    /// Whoever posts elsewhere is served well.
    pub(super) fn of(path: &str) -> Self {
        Self::ALL.into_iter().find(|behaviour| behaviour.path() == path).unwrap_or(Self::Well)
    }

    /// Whether the spans were taken.
    pub(super) fn takes(self) -> bool {
        matches!(self, Self::Well | Self::Slow)
    }

    /// What is answered, if anything is, and whether more is answered on the same connection.
    pub(super) fn answer(self) -> (&'static [u8], bool) {
        match self {
            // An empty message says that everything was taken.
            Self::Well | Self::Slow => (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n",
                true,
            ),
            Self::Unavailable => (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", true),
            Self::TooLarge => (b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n", true),
            Self::Silent => (b"", true),
            Self::HangsUp => (b"HTTP/1.1 200 OK\r\nContent-Le", false),
            Self::Garbage => (&[0x16; 64], false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_behaviour() {
        for behaviour in Behaviour::ALL {
            assert_eq!(Behaviour::of(behaviour.path()), behaviour);
        }
        assert_eq!(Behaviour::of("/anything"), Behaviour::Well);
    }
}
