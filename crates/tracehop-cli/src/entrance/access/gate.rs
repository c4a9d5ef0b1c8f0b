//! The gate before the page and the API.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::Response;

use super::access::{Access, COOKIE_NAME};

const WRONG_HOST: &str = "This page answers by a name of this machine only: open it as http://127.0.0.1 or http://localhost, \
                          with its port. To reach it from elsewhere, start `tracehop view` with --listen.\n";

const NO_TOKEN: &str = "This page needs its token: open the address that `tracehop view` printed when it started, which ends \
                        in ?token=…, or send the header Authorization: Bearer …\n";

const OTHER_SITE: &str =
    "A page of another site has asked for this, and is not answered. Links to a screen may be followed.\n";

/// It says only that the program runs, to whoever watches over it and has no token.
const HEALTH: &str = "/healthz";

impl Access {
    /// Puts the gate before all routes of `router`.
    ///
    /// A request with the right `?token=…` gets a cookie and is sent on to the same address without the token, so that it
    /// stays neither in the history nor in a bookmark.
    pub fn layer<S>(&self, router: Router<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        router.layer(middleware::from_fn_with_state(self.clone(), pass))
    }
}

async fn pass(State(access): State<Access>, request: Request, next: Next) -> Response {
    if !access.host_is_right(&request) {
        return refuse(StatusCode::FORBIDDEN, WRONG_HOST);
    }
    if !access.site_is_right(&request) {
        return refuse(StatusCode::FORBIDDEN, OTHER_SITE);
    }
    if let Some(response) = enter(&access, &request) {
        return response;
    }
    if request.uri().path() == HEALTH || access.token_is_right(request.headers()) {
        return next.run(request).await;
    }
    let mut response = refuse(StatusCode::UNAUTHORIZED, NO_TOKEN);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// What a browser gets that presents the token in the address.
fn enter(access: &Access, request: &Request) -> Option<Response> {
    let token = access.token()?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let presented = parameters(request.uri()).find_map(|parameter| parameter.strip_prefix("token="))?;
    if !token.is(presented.as_bytes()) {
        return None;
    }
    // `Lax`: a link to a journey that somebody sends must open.
    let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Lax", token.as_str());
    let mut response = refuse(StatusCode::SEE_OTHER, "");
    let headers = response.headers_mut();
    headers.insert(SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    headers.insert(LOCATION, HeaderValue::try_from(without_token(request.uri())).ok()?);
    Some(response)
}

fn parameters(uri: &Uri) -> impl Iterator<Item = &str> {
    uri.query().unwrap_or_default().split('&')
}

fn without_token(uri: &Uri) -> String {
    // After two slashes at the start comes the name of a host, and browsers take a backslash for a slash.
    let path = format!("/{}", uri.path().trim_start_matches(['/', '\\']));
    let rest: Vec<&str> = parameters(uri).filter(|it| !it.is_empty() && !it.starts_with("token=")).collect();
    if rest.is_empty() { path } else { format!("{path}?{}", rest.join("&")) }
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    let mut response = Response::new(Body::from(why));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    fn guarded() -> Router {
        let listen = Some(Ipv4Addr::UNSPECIFIED.into());
        let access = Access::new(listen, Some("correct-horse-battery".parse().unwrap())).unwrap();
        page(&access)
    }

    fn page(access: &Access) -> Router {
        let routes =
            Router::new().route("/", get(|| async { "in" })).route("/healthz", get(|| async { "ok" }));
        access.layer(routes)
    }

    async fn ask(router: Router, uri: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn the_address_with_the_token_becomes_a_cookie() {
        let response = ask(guarded(), "/?q=error:*&token=correct-horse-battery&page=2", &[]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[LOCATION], "/?q=error:*&page=2");
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
        assert_eq!(cookie, "tracehop_token=correct-horse-battery; Path=/; HttpOnly; SameSite=Lax");
        let cookie = cookie.split(';').next().unwrap();
        assert_eq!(ask(guarded(), "/", &[("cookie", cookie)]).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn who_has_no_token_is_told_where_it_is() {
        for uri in ["/", "/?token=wrong", "/?token=", "/missing", "//evil.example/?token=wrong"] {
            let response = ask(guarded(), uri, &[]).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{uri}");
            assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
            assert!(response.headers().get(SET_COOKIE).is_none());
        }
    }

    #[tokio::test]
    async fn nobody_is_sent_to_another_host() {
        for slashes in ["//", "/\\", "/\\\\", "/\\/", "//\\"] {
            let uri = format!("{slashes}evil.example/?token=correct-horse-battery");
            let response = ask(guarded(), &uri, &[]).await;
            assert_eq!(response.headers()[LOCATION], "/evil.example/", "{uri}");
        }
    }

    #[tokio::test]
    async fn health_needs_no_token() {
        assert_eq!(ask(guarded(), "/healthz", &[]).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_foreign_name_for_this_machine_sees_nothing() {
        let router = page(&Access::loopback());
        for uri in ["/", "/healthz"] {
            let refused = ask(router.clone(), uri, &[("host", "evil.example:7070")]).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN);
            let passed = ask(router.clone(), uri, &[("host", "127.0.0.1:7070")]).await;
            assert_eq!(passed.status(), StatusCode::OK);
        }
    }

    #[tokio::test]
    async fn another_site_may_link_here_and_ask_nothing() {
        const SITE: &str = "sec-fetch-site";
        let check = async |headers: &[(&str, &str)], expected: u16| {
            let headers = [&[("host", "127.0.0.1:7070")], headers].concat();
            let response = ask(page(&Access::loopback()), "/", &headers).await;
            assert_eq!(response.status(), expected, "{headers:?}");
        };
        check(&[], 200).await;
        check(&[(SITE, "same-origin")], 200).await;
        check(&[(SITE, "none"), ("sec-fetch-mode", "navigate")], 200).await;
        check(&[(SITE, "cross-site"), ("sec-fetch-mode", "cors")], 403).await;
        check(&[(SITE, "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")], 403).await;
        check(&[(SITE, "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")], 403)
            .await;
        check(&[(SITE, "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")], 200)
            .await;
        check(&[("origin", "http://evil.example")], 403).await;
        check(&[("origin", "null")], 403).await;
        check(&[("origin", "http://127.0.0.1:7070")], 200).await;
        check(&[("origin", "http://evil.example"), (SITE, "same-origin")], 403).await;
    }

    #[tokio::test]
    async fn beyond_this_machine_the_own_site_is_that_of_the_host() {
        let check = async |host: &str, origin: &str, expected: u16| {
            let token = ("authorization", "Bearer correct-horse-battery");
            let headers = [("host", host), ("origin", origin), token];
            assert_eq!(ask(guarded(), "/", &headers).await.status(), expected, "{host} {origin}");
        };
        check("view.example:7070", "http://view.example:7070", 200).await;
        check("view.example", "https://view.example", 200).await;
        check("view.example:7070", "http://evil.example", 403).await;
        check("view.example:7070", "http://view.example:8080", 403).await;
        check("view.example:7070", "null", 403).await;
    }
}
