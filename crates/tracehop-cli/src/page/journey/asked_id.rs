//! Which journey an address names.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// What an address has in the place of a journey's id. What is no text names none.
pub(crate) struct AskedId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for AskedId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map_or_else(|_| String::new(), |Path(id)| id)))
    }
}
