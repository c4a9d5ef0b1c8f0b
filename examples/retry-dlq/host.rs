//! Which server a URL is about.

/// Host and port of a URL, without the user and the password in it.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        for (url, expected) in [
            ("amqp://guest:secret@localhost:5672/%2f", "localhost:5672"),
            ("amqp://guest:secret@localhost:5672", "localhost:5672"),
            ("amqp://guest:se@cret@localhost:5672/%2f", "localhost:5672"),
            ("amqp://localhost", "localhost"),
            ("nats://localhost:4222", "localhost:4222"),
            ("localhost:4222", "localhost:4222"),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
