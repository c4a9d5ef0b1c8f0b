//! Which names of hosts mean this machine.

use axum::http::uri::Authority;

/// Whether the value of a `Host` header names this machine, with any port.
///
/// A page of somebody else's can let its own name point to 127.0.0.1 and then read what is served there: its requests still
/// carry that name.
pub(super) fn is_host(host: &str) -> bool {
    if host.contains('@') {
        return false;
    }
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
}

/// Whether the value of an `Origin` header is a page that this machine serves.
pub(super) fn is_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(is_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_this_machine() {
        fn check(host: &str, expected: bool) {
            assert_eq!(is_host(host), expected, "{host}");
        }
        check("localhost", true);
        check("LOCALHOST:7070", true);
        check("127.0.0.1", true);
        check("127.0.0.1:7070", true);
        check("[::1]:7070", true);
        check("[::1]", true);
        check("", false);
        check("evil.example", false);
        check("localhost.evil.example:7070", false);
        check("127.0.0.1.evil.example", false);
        check("localhost@evil.example", false);
        check("evil.example@localhost", false);
        check("0.0.0.0:7070", false);
        check("::1", false);
        check("localhost/", false);
    }

    #[test]
    fn origins_that_are_this_machine() {
        fn check(origin: &str, expected: bool) {
            assert_eq!(is_origin(origin), expected, "{origin}");
        }
        check("http://localhost:3000", true);
        check("https://127.0.0.1", true);
        check("http://[::1]:5173", true);
        check("null", false);
        check("http://evil.example", false);
        check("http://localhost.evil.example", false);
        check("file://localhost", false);
        check("localhost:3000", false);
    }
}
