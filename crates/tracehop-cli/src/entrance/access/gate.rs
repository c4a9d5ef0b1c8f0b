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
    // Two slashes at the start would be the name of a host.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
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
        let uri = "//evil.example/?token=correct-horse-battery";
        let response = ask(guarded(), uri, &[]).await;
        assert_eq!(response.headers()[LOCATION], "/evil.example/");
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
}
