//! What the browser loads besides the pages. All of it is in the program.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Name, type, content.
const ASSETS: [(&str, &str, &str); 14] = [
    ("page.css", CSS, include_str!("../../assets/page.css")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
    ("app.js", JS, include_str!("../../assets/app.js")),
    ("compare.js", JS, include_str!("../../assets/compare.js")),
    ("copy.js", JS, include_str!("../../assets/copy.js")),
    ("heat.js", JS, include_str!("../../assets/heat.js")),
    ("journey.js", JS, include_str!("../../assets/journey.js")),
    ("keys.js", JS, include_str!("../../assets/keys.js")),
    ("live.js", JS, include_str!("../../assets/live.js")),
    ("news.js", JS, include_str!("../../assets/news.js")),
    ("rows.js", JS, include_str!("../../assets/rows.js")),
    ("search.js", JS, include_str!("../../assets/search.js")),
    ("theme.js", JS, include_str!("../../assets/theme.js")),
    ("tell.js", JS, include_str!("../../assets/tell.js")),
];

/// Changes whenever an asset does, so that browsers may keep what they have for good.
const VERSION: u32 = version();

const fn version() -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    let mut asset = 0;
    while asset < ASSETS.len() {
        #[expect(clippy::indexing_slicing, reason = "in a constant: the compiler checks it")]
        let bytes = ASSETS[asset].2.as_bytes();
        let mut place = 0;
        while place < bytes.len() {
            #[expect(clippy::indexing_slicing, reason = "in a constant: the compiler checks it")]
            let byte = bytes[place];
            hash = (hash ^ byte as u32).wrapping_mul(0x0100_0193);
            place += 1;
        }
        asset += 1;
    }
    hash
}

/// Where the browser finds an asset.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{VERSION:08x}/{name}")
}

/// `GET /assets/{version}/{name}`
pub(super) async fn get(Path((version, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, content)) = ASSETS.into_iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // A page of another version of the program may still ask: it must not keep what it gets.
    let is_this = version == format!("{VERSION:08x}");
    let keep = if is_this { "public, max-age=31536000, immutable" } else { "no-store" };
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, keep)], content).into_response()
}
