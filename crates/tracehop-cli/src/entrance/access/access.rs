//! The decision whether a request may pass.

use std::io;
use std::net::IpAddr;

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Request};

use super::loopback;
use super::token::Token;

pub(super) const COOKIE_NAME: &str = "tracehop_token";

/// Who may send and who may look.
///
/// As long as only this machine can reach the program, nobody needs a token, but a browser must have come by a name of this
/// machine. As soon as the program listens elsewhere, everybody needs the token.
#[derive(Clone, Debug)]
pub struct Access {
    token: Option<Token>,
    only_loopback: bool,
}

impl Access {
    /// Access as the options say: the address of `--listen`, and the token of `--token` or `TRACEHOP_TOKEN`. A token is made
    /// if one is needed and there is none: show it once.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers to make a token of.
    pub fn new(listen: Option<IpAddr>, token: Option<Token>) -> io::Result<Self> {
        let token = match (listen, token) {
            (Some(_), None) => Some(Token::generate()?),
            (_, token) => token,
        };
        Ok(Self { token, only_loopback: listen.is_none() })
    }

    /// For this machine only, without a token.
    pub fn loopback() -> Self {
        Self { token: None, only_loopback: true }
    }

    /// The token that is needed, if one is.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Whether a request of the page or of the API may pass: it came by a name of this machine, where that is asked, and with
    /// the token, where that is asked, as `Authorization: Bearer …` or as the cookie.
    pub fn check<B>(&self, request: &Request<B>) -> bool {
        self.host_is_right(request) && self.token_is_right(request.headers())
    }

    /// Whether an exporter presents the token, if it needs one.
    pub(crate) fn exporter_may_send(&self, headers: &HeaderMap) -> bool {
        self.token.as_ref().is_none_or(|token| bearer(headers).is_some_and(|it| token.is(it)))
    }

    /// Whether no page of somebody else's has sent the request. What is not a browser says no origin.
    pub(crate) fn origin_is_right(headers: &HeaderMap) -> bool {
        headers.get_all(ORIGIN).iter().all(|origin| origin.to_str().is_ok_and(loopback::is_origin))
    }

    pub(super) fn host_is_right<B>(&self, request: &Request<B>) -> bool {
        if !self.only_loopback {
            return true;
        }
        // HTTP/2 says it in the address.
        let address = request.uri().authority();
        let mut hosts = request.headers().get_all(HOST).iter().peekable();
        let is_named = address.is_some() || hosts.peek().is_some();
        is_named
            && address.is_none_or(|authority| loopback::is_host(authority.as_str()))
            && hosts.all(|host| host.to_str().is_ok_and(loopback::is_host))
    }

    /// Whether no page of another site has asked, except for that somebody follows a link.
    pub(super) fn site_is_right<B>(&self, request: &Request<B>) -> bool {
        let headers = request.headers();
        let is = |name: &str, expected: &str| headers.get(name).is_some_and(|value| value == expected);
        if is("sec-fetch-site", "cross-site") {
            return is("sec-fetch-mode", "navigate")
                && is("sec-fetch-dest", "document")
                && *request.method() == Method::GET;
        }
        if self.only_loopback {
            return Self::origin_is_right(headers);
        }
        let address = request.uri().authority().map(Authority::as_str);
        let host = address.or_else(|| headers.get(HOST)?.to_str().ok());
        headers.get_all(ORIGIN).iter().all(|origin| {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(_, name)| host.is_some_and(|host| host.eq_ignore_ascii_case(name)))
        })
    }

    pub(super) fn token_is_right(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        bearer(headers).is_some_and(|it| token.is(it)) || cookies(headers).any(|it| token.is(it))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

/// The values of our cookie. There may be several, set for different paths.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let all = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    all.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE_NAME).then_some(value.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const SECRET: &str = "correct-horse-battery";

    fn request(headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn this_machine_alone_needs_no_token_but_a_name_of_its_own() {
        let access = Access::new(None, None).unwrap();
        assert!(access.token().is_none());
        let check = |headers: &[(&str, &str)], expected| {
            assert_eq!(access.check(&request(headers)), expected, "{headers:?}");
        };
        check(&[("host", "127.0.0.1:7070")], true);
        check(&[("host", "localhost")], true);
        check(&[("host", "evil.example:7070")], false);
        check(&[], false);
        check(&[("host", "localhost"), ("host", "evil.example")], false);
    }

    #[test]
    fn the_name_in_the_address_counts_too() {
        let access = Access::loopback();
        let check = |uri: &str, expected| {
            let request = Request::builder().uri(uri).body(()).unwrap();
            assert_eq!(access.check(&request), expected, "{uri}");
        };
        check("http://localhost:7070/", true);
        check("http://evil.example:7070/", false);
    }

    #[test]
    fn whoever_listens_elsewhere_needs_a_token() {
        let listen = Some(Ipv4Addr::UNSPECIFIED.into());
        let access = Access::new(listen, Some(SECRET.parse().unwrap())).unwrap();
        let check = |headers: &[(&str, &str)], expected| {
            assert_eq!(access.check(&request(headers)), expected, "{headers:?}");
        };
        check(&[("host", "view.example")], false);
        check(&[("host", "localhost")], false);
        check(&[("authorization", "Bearer correct-horse-battery")], true);
        check(&[("authorization", "bearer correct-horse-battery")], true);
        check(&[("authorization", "Bearer wrong-horse-battery")], false);
        check(&[("authorization", "correct-horse-battery")], false);
        check(&[("authorization", "Basic correct-horse-battery")], false);
        check(&[("authorization", "Be")], false);
        check(&[("cookie", "a=b; tracehop_token=correct-horse-battery; c=d")], true);
        check(&[("cookie", "tracehop_token=old"), ("cookie", "tracehop_token=correct-horse-battery")], true);
        check(&[("cookie", "tracehop_token=wrong")], false);
        check(&[("cookie", "tracehop_token")], false);
        check(&[("cookie", "other=correct-horse-battery")], false);
    }

    #[test]
    fn an_exporter_has_no_cookie() {
        let access = Access::new(Some(Ipv4Addr::UNSPECIFIED.into()), Some(SECRET.parse().unwrap())).unwrap();
        let check = |headers: &[(&str, &str)], expected| {
            assert_eq!(access.exporter_may_send(request(headers).headers()), expected, "{headers:?}");
        };
        check(&[("authorization", "Bearer correct-horse-battery")], true);
        check(&[("cookie", "tracehop_token=correct-horse-battery")], false);
        check(&[], false);
    }

    #[test]
    fn a_token_is_made_where_one_is_needed() {
        let access = Access::new(Some(Ipv4Addr::UNSPECIFIED.into()), None).unwrap();
        assert!(access.token().is_some());
        let request = request(&[("host", "localhost")]);
        assert!(!access.check(&request));
    }
}
